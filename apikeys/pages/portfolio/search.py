"""Searching tenants: the best candidates that an index can find, however many tenants there are."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan

from accounts.actor import StaffActor
from accounts.models import Membership, Tenant
from accounts.public_ids import TENANT_ID_PREFIX

CANDIDATES = 1_000
"""Hits of a search that are sorted, filtered and shown; beyond, the page asks to refine."""

WORDS_ASKED_FOR = 2
"""Words of a name that the index is asked for."""

_TRIGRAM = re.compile(r"[^\W_]{3}")
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(frozen=True, slots=True)
class Hits:
    """The primary keys of the tenants that a search found, and whether there were more."""

    pks: list[int]
    more: bool


def search(actor: StaffActor, q: str) -> Hits:
    """The tenants of the actor by name, account ID, or the email of a current member.

    Names come first, then account IDs, then emails, up to `CANDIDATES`. Each is a query of its
    own: an OR over several tables would use none of their indexes. Without three letters or
    digits in a row a trigram index is of no use, and only beginnings are found.
    """
    found: dict[int, None] = {}
    for hits in _branches(actor, q, "contains" if _TRIGRAM.search(q) else "startswith"):
        found.update(dict.fromkeys(hits[: CANDIDATES + 1]))
        if len(found) > CANDIDATES:
            return Hits(list(found)[:CANDIDATES], more=True)
    return Hits(list(found), more=False)


def _branches(actor: StaffActor, q: str, how: str) -> list["QuerySet[Tenant, int]"]:
    tenants = Tenant.objects.visible_to(actor).order_by().values_list("pk", flat=True)
    members = Membership.objects.visible_to(actor).current().order_by()
    if how == "startswith":
        by_name = tenants.filter(name__istartswith=q)
        of_ids = tenants.filter(public_id__startswith=q)
        with_email = members.filter(user__email__startswith=q.lower())
    else:
        by_name = _containing(tenants, "name__icontains", q, _longest_words(q))
        own = _rest(q, after=TENANT_ID_PREFIX)
        of_ids = _containing(tenants, "public_id__icontains", q, [own])
        local = _before_at(q.lower())
        with_email = _containing(members, "user__email__contains", q.lower(), [local])
    # What every account ID begins with tells nothing about any of them.
    telling = q.casefold() not in TENANT_ID_PREFIX
    by_email = with_email.values_list("tenant_id", flat=True)
    return [by_name, of_ids if telling else tenants.none(), by_email]  # type: ignore[list-item]  # the tenant's key, from its memberships


def _containing[Q: QuerySet[Any, Any]](rows: Q, lookup: str, q: str, parts: list[str]) -> Q:
    """The rows whose text contains `q`. The index is asked for the `parts` of it alone.

    It reads a list for each three letters, and the lists of frequent ones are long: an email of a
    million, asked for as a whole, took 60 ms, and its local part 5. What it finds is few rows; they
    are compared with the whole of `q` in a way that no index answers.
    """
    for part in parts:
        rows = rows.filter(**{lookup: part})
    if parts == [q]:
        return rows
    field = lookup.rpartition("__")[0]
    return rows.filter(GreaterThan(StrIndex(Upper(field), Upper(Value(q))), 0))


def _longest_words(q: str) -> list[str]:
    """Two words of a name are nearly always enough to find it."""
    words = sorted(_WORD.findall(q), key=len, reverse=True)[:WORDS_ASKED_FOR]
    return words if len(words) > 1 else [q]


def _rest(q: str, *, after: str) -> str:
    """What of an account ID is its own, if that is enough for the index."""
    rest = q[len(after) :] if q.casefold().startswith(after) else q
    return rest if _TRIGRAM.search(rest) else q


def _before_at(email: str) -> str:
    """What of an email is the person's own, if that is enough for the index."""
    local = email.partition("@")[0]
    return local if _TRIGRAM.search(local) else email
