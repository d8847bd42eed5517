"""Requests that may be repeated: the Idempotency-Key of draft-ietf-httpapi-idempotency-key-header.

The record is written in the transaction of what it records, under an advisory lock on caller,
route and key: what was acknowledged is remembered, and what was not leaves nothing. Refusals are
not recorded: they changed nothing, and a repetition may fare better.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.clock import database_now
from apikeys.codes import Code
from apikeys.models import ApiKey, IdempotencyRecord
from apikeys.rest.answers import Answer, Reply
from apikeys.rest.operations import Call, Caller
from apikeys.rest.problems import InvalidFields, Problem
from apikeys.rules import IDEMPOTENCY_KEY_MAX, IDEMPOTENCY_WINDOW

HEADER = "Idempotency-Key"
RETRY_AFTER = 1
"""Seconds after which a request that is still running may be asked for again."""

_STRING = re.compile(r'\A"((?:[ !#-\[\]-~]|\\["\\])+)"\Z')
"""A string of RFC 9651, 3.3.3, with something in it."""


_UUID = re.compile(r"\A[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
"""What many clients send without quotes. Other words stay refused: `null` is a client's mistake."""


def given_key(request: HttpRequest) -> str | None:
    """The request's Idempotency-Key, with quotes; None without one.

    A UUID may come without them, and is the same key. Raises `InvalidFields` for one that is
    neither a UUID nor a quoted string of 1 to 255 characters.
    """
    value = request.headers.get(HEADER)
    if value is None:
        return None
    value = value.strip()
    value = f'"{value}"' if _UUID.match(value) else value
    found = _STRING.fullmatch(value)
    if found is None or len(found[1]) > IDEMPOTENCY_KEY_MAX:
        raise InvalidFields(
            (
                HEADER,
                "invalid",
                f"Send a UUID, or a quoted string of 1 to {IDEMPOTENCY_KEY_MAX} characters, once, "
                'for example "8e03978e-40d5-43dd-bc93-6894a57f9324" with its quotes.',
            )
        )
    return value


def once(
    call: Call[Caller, Any, Any], route: str, key: str, run: Callable[[], Reply[Any]]
) -> Reply[Any]:
    """Run what this key names, unless it ran in the last 24 hours: then the JSON it answered.

    Must run in the transaction that `run` writes in. Raises `Problem`: the same key with another
    body, or while the first request is still running.
    """
    api_key = call.actor.key
    assert isinstance(api_key, ApiKey)  # noqa: S101  # no repeatable operation takes platform keys
    digest = hashlib.sha256(key.encode()).digest()
    body_mac = _mac(call)
    _lock(call, route, digest)
    records = IdempotencyRecord.objects.filter(api_key=api_key, route=route, digest=digest)
    record = records.filter(recorded_at__gt=database_now() - IDEMPOTENCY_WINDOW).first()
    if record is not None:
        if not hmac.compare_digest(bytes(record.body_mac), body_mac):
            raise Problem(
                Code.IDEMPOTENCY_CONFLICT,
                "This Idempotency-Key was sent before with another body. Use a new one.",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )
        return Reply(record.answer, record.headers)
    reply = run()
    records.delete()  # one from before the window
    IdempotencyRecord.objects.create(
        api_key=api_key,
        route=route,
        digest=digest,
        body_mac=body_mac,
        answer=_as_replayed(reply),
        headers=dict(reply.headers),
    )
    return reply


def forget_old_answers(batch: int = 1000) -> Iterator[int]:
    """Delete what no repetition can ask for any more; yield how many after each batch."""
    while True:
        old = IdempotencyRecord.objects.filter(
            recorded_at__lte=database_now() - IDEMPOTENCY_WINDOW
        ).values_list("pk", flat=True)
        gone = IdempotencyRecord.objects.filter(pk__in=list(old[:batch])).delete()[0]
        if not gone:
            return
        yield gone


def _as_replayed(reply: Reply[Any]) -> str:
    content = reply.content
    return content.as_replayed().as_json() if isinstance(content, Answer) else content or ""


def _lock(call: Call[Caller, Any, Any], route: str, digest: bytes) -> None:
    name = f"idempotency {call.actor.key.client_id} {route} {digest.hex()}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if cursor.fetchone() == (True,):
            return
    raise Problem(
        Code.IDEMPOTENCY_CONFLICT,
        "The first request with this Idempotency-Key is still running. Repeat in a moment.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


def _mac(call: Call[Caller, Any, Any]) -> bytes:
    """What the body says, whatever its white space and the order of its names."""
    document = call.body.model_dump(mode="json", exclude_unset=True)
    text = json.dumps(document, sort_keys=True)
    return salted_hmac("apikeys.rest.canonical.idempotency", text, algorithm="sha256").digest()
