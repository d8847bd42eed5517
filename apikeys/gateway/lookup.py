"""What the database says of a key at this moment: the one SELECT of a check.

And the row by which a signed request's nonce is used up, on a connection of its own: that one waits
for the disk, and checks that write nothing must not wait with it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from psycopg.pq.abc import PGresult

from accounts.roles import Role
from apikeys.credentials import Verifier
from apikeys.gateway.connection_setup import NO_WRITES
from apikeys.gateway.coroutine_protocol import Steps
from apikeys.gateway.pipeline import DEADLINE, Pipeline, Unavailable
from apikeys.proof.nonces import USE_NONCE

# The LEFT JOIN answers a row for an unknown key too, so that even then a database which takes no
# writes is seen. What later versions must also know (a lease, a standby's position) joins here.
# The client ID comes back, so that no answer can be taken for another question's; and only from a
# database that takes writes.
_SELECT = b"""
    SELECT CASE WHEN current_setting('transaction_read_only') = 'off' THEN $1::text END,
           key.id, key.verifier, key.pepper_number, key.public_key, key.role, tenant.public_id,
           access.state = 'enabled', coalesce(key.expires_at > statement_timestamp(), true),
           statement_timestamp()
    FROM (SELECT) AS one
    LEFT JOIN (apikeys_apikey key
               JOIN accounts_tenant tenant ON tenant.id = key.tenant_id
               JOIN apikeys_apiaccess access ON access.tenant_id = key.tenant_id)
           ON key.client_id = $1 AND key.revoked_at IS NULL
"""
_CHECK = b"check"

# One row by three unique indexes. Left to statistics, PostgreSQL reads small tables as a whole,
# which takes half as long again, and plans the first executions one by one.
_PLAN = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}

_INSERT = USE_NONCE.format("$1", "$2").encode()
_NONCE = b"nonce"
_WRITABLE = b"SELECT current_setting('transaction_read_only') = 'off'"
_ROLES = {role.value.encode(): role for role in Role}
_EPOCH = 946_684_800
"""2000-01-01, from which PostgreSQL counts microseconds in binary, in seconds since 1970."""
_TRUE = b"\x01"


class KeyState(NamedTuple):
    """What the database says of a key at this moment."""

    pk: int
    stored: Verifier
    public_key: bytes
    role: Role
    tenant_id: str
    """The tenant's public id."""
    access_enabled: bool
    unexpired: bool
    moment: bytes
    """The database's time, in PostgreSQL's binary form."""

    @property
    def now(self) -> int:
        """The database's time, in seconds since 1970."""
        return _EPOCH + int.from_bytes(self.moment) // 1_000_000

    def __repr__(self) -> str:
        """The state, without its verifier."""
        return f"KeyState(pk={self.pk})"


class Lookup:
    """Finds keys by client ID. One per process, for its event loop."""

    def __init__(self, parameters: Mapping[str, Any], deadline: float = DEADLINE) -> None:
        """Prepare; the first look connects. `parameters` are libpq's."""
        options = {"statement_timeout": int(deadline * 1000)} | _PLAN
        limits = [parameters.get("options", ""), *(f"-c {k}={v}" for k, v in options.items())]
        ours = {"options": " ".join(limits), "application_name": "portal-gateway"}
        given = dict(parameters) | ours
        probe = _SELECT.replace(b"$1::text", b"'t'").replace(b"$1", b"''")
        self.keys = Pipeline(given, {_CHECK: _SELECT}, probe=probe, deadline=deadline)
        self.nonces = Pipeline(
            given, {_NONCE: _INSERT}, probe=_WRITABLE, deadline=deadline, writes=True
        )

    def find(self, client_id: str) -> Steps[KeyState | None]:
        """The unrevoked key with this client ID, or None. Raises `Unavailable` in time."""
        asked = client_id.encode()
        result = yield self.keys.ask(_CHECK, (asked,))
        if result is None:
            raise Unavailable
        echo = result.get_value(0, 0)
        if echo != asked:  # nothing of this connection can be believed
            self.keys.fail(NO_WRITES if echo is None else "an answer to another question")
            raise Unavailable
        return _state(result)

    def is_new_nonce(self, key_pk: int, digest: bytes) -> Steps[bool]:
        """Whether this key has not used this nonce before; now it has. Raises `Unavailable`."""
        parameters = (str(key_pk).encode(), b"\\x" + digest.hex().encode())
        result = yield self.nonces.ask(_NONCE, parameters)
        if result is None:
            raise Unavailable
        return result.command_tuples == 1

    def close(self) -> None:
        """End the connections, for good."""
        self.keys.close()
        self.nonces.close()


def _state(result: PGresult) -> KeyState | None:
    value = result.get_value
    verifier = value(0, 2)
    if verifier is None:
        return None
    number = int.from_bytes
    return KeyState(
        number(value(0, 1) or b""),
        Verifier(verifier, number(value(0, 3) or b"")),
        value(0, 4) or b"",
        _ROLES[value(0, 5) or b""],
        (value(0, 6) or b"").decode(),
        value(0, 7) == _TRUE,
        value(0, 8) == _TRUE,
        value(0, 9) or b"",
    )
