"""Nonces of signed requests: used once, and forgotten when their signatures are too old."""

from collections.abc import Iterator
from datetime import timedelta

from accounts.clock import database_now
from apikeys.models import UsedNonce
from apikeys.proof.signatures import AGE_MAX, AHEAD_MAX

KEPT = timedelta(seconds=AGE_MAX + AHEAD_MAX) + timedelta(minutes=5)
"""A signature's life by the clock that judges it, and how far the database's may be off."""

USE_NONCE = """
    INSERT INTO apikeys_usednonce (key_id, digest, used_at)
    VALUES ({}::bigint, {}::bytea, statement_timestamp()) ON CONFLICT DO NOTHING
"""
"""With the placeholders of a key's pk and a nonce's digest. It adds a row if the nonce is new.

The row is durable before the request passes: a replay after a crash is a replay too.
"""


def forget_old_nonces(batch: int = 1000) -> Iterator[int]:
    """Delete nonces that no signature can bring again; yield how many after each batch."""
    while True:
        old = UsedNonce.objects.filter(used_at__lte=database_now() - KEPT).values_list("pk")
        gone = UsedNonce.objects.filter(pk__in=[pk for (pk,) in old[:batch]]).delete()[0]
        if not gone:
            return
        yield gone
