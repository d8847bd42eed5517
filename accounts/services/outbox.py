"""Putting mails into the outbox, and the words they are made of."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string

from accounts.models import OutboxMail

CHANNEL = "portal_outbox"
"""What a waiting worker listens to; sent with the commit, never before it."""
RECIPIENTS_KEPT = timedelta(days=30)
"""How long a row says to whom its mail went: long enough to answer somebody who misses it."""

type Matters = Mapping[str, Callable[[OutboxMail, str], bool]]
"""For the first word of a mail's `matter`, the question whether the mail still makes sense; it gets
the mail and the rest of the words. The worker asks it just before it sends."""


def enqueue(to: str, template: str, context: dict[str, Any], *, matter: str = "") -> OutboxMail:
    """Write a mail in the caller's transaction: it is sent if, and only if, that commits.

    `template` is a folder under templates/mail with subject.txt, text.txt and html.html. Links
    are made of `settings.PORTAL_URL`, never of a request's Host. With a `matter` that is over by
    then, the mail is not sent.
    """
    words = installation_words() | context
    subject = " ".join(render_to_string(f"mail/{template}/subject.txt", words).split())
    return put(
        to,
        f"[{settings.PRODUCT_NAME}, {settings.ENVIRONMENT_NAME}] {subject}"[:200],
        render_to_string(f"mail/{template}/text.txt", words),
        render_to_string(f"mail/{template}/html.html", words),
        matter=matter,
    )


def installation_words() -> dict[str, Any]:
    """What every mail says about where it comes from, and whom to ask."""
    return {
        "product_name": settings.PRODUCT_NAME,
        "environment_name": settings.ENVIRONMENT_NAME,
        "environment_kind": settings.ENVIRONMENT_KIND,
        "portal_url": settings.PORTAL_URL,
        "support_contact": settings.SUPPORT_CONTACT,
    }


def put(to: str, subject: str, text: str, html: str = "", *, matter: str = "") -> OutboxMail:
    """Write a mail whose words are ready, and wake the worker when the transaction commits."""
    mail = OutboxMail.objects.create(to=to, subject=subject, text=text, html=html, matter=matter)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    return mail


def erase_recipients(batch: int = 1_000) -> Iterator[int]:
    """Erase the recipients of mails that were sent, or given up, `RECIPIENTS_KEPT` ago.

    Yields how many after each batch, which is a transaction of its own; what another worker is
    erasing is skipped. Time and subject stay.
    """
    long_ago = Now() - RECIPIENTS_KEPT
    ended = Q(sent_at__lte=long_ago) | Q(sent_at=None, text="", due_at__lte=long_ago)
    last = 0
    while True:
        with transaction.atomic():
            rows = OutboxMail.objects.filter(ended, pk__gt=last).exclude(to="").order_by("pk")
            found = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:batch]
            pks = list(found)
            OutboxMail.objects.filter(pk__in=pks).update(to="")
        if not pks:
            return
        last = pks[-1]
        yield len(pks)
