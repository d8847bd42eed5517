"""The one SELECT of a check, on a connection that cannot keep anybody waiting.

psycopg's cursors cannot promise an end: a statement timeout is the server's, a socket timeout does
not apply to unix sockets, and a server that hangs answers neither. So the connection is driven
through libpq's own non-blocking calls with one deadline for everything, connecting included. A
connection that missed a deadline is closed for good: reused, it would hand the next check the row
of the last one.
"""

import select
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

import structlog
from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo

log = structlog.get_logger(__name__)

DEADLINE = 0.25
"""Seconds for the answer of the database, connecting included."""
PROBE_PAUSE = 0.2
"""Seconds between two looks at a database that did not answer."""

# The LEFT JOIN answers a row for an unknown key too, so that even then a database which takes no
# writes, and so may not have the latest revocations, is seen. What later versions must also know
# (a lease, a standby's position) joins here.
_SELECT = b"""
    SELECT current_setting('transaction_read_only') = 'off', key.id, key.verifier,
           key.pepper_number, key.public_key, key.role, tenant.public_id,
           access.state = 'enabled', coalesce(key.expires_at > statement_timestamp(), true),
           extract(epoch FROM statement_timestamp())::bigint
    FROM (SELECT) AS one
    LEFT JOIN (apikeys_apikey key
               JOIN accounts_tenant tenant ON tenant.id = key.tenant_id
               JOIN apikeys_apiaccess access ON access.tenant_id = key.tenant_id)
           ON key.client_id = $1 AND key.revoked_at IS NULL
"""
_STATEMENT = b"check"

# A nonce is new if its row is. Durable before the check passes: a replay after a crash is one too.
_INSERT = b"""
    INSERT INTO apikeys_usednonce (key_id, digest, used_at)
    VALUES ($1::bigint, $2::bytea, statement_timestamp()) ON CONFLICT DO NOTHING
"""
_NONCE = b"nonce"
_BINARY = 1
_WRITABLE, _ID, _VERIFIER, _PEPPER, _PUBLIC_KEY, _ROLE, _TENANT, _ENABLED, _CURRENT, _NOW = range(
    10
)
_TRUE = b"\x01"


class Unavailable(Exception):
    """The database did not say in time; nobody knows whether the key passes."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """What the database says of a key at this moment."""

    pk: int
    verifier: bytes
    pepper_number: int
    public_key: bytes
    role: str
    tenant_id: str
    """The tenant's public id."""
    access_enabled: bool
    unexpired: bool
    now: int
    """The database's time, in seconds since 1970."""


class Lookup:
    """Finds keys by client ID. One per process; threads take turns."""

    def __init__(self, parameters: Mapping[str, Any], deadline: float = DEADLINE) -> None:
        """Prepare; the first look connects. `parameters` are libpq's."""
        options = f"{parameters.get('options', '')} -c statement_timeout={int(deadline * 1000)}"
        ours = {"options": options, "application_name": "portal-gateway"}
        self._conninfo = make_conninfo(**dict(parameters) | ours).encode()
        self._deadline = deadline
        self._link: _Link | None = None
        self._turn = threading.Lock()
        self._down = False

    def find(self, client_id: str) -> KeyState | None:
        """The unrevoked key with this client ID, or None. Raises `Unavailable` in time.

        After one failure all checks fail at once, while a thread of its own looks for the
        database's return.
        """
        return self._ask(lambda link, end: link.find(client_id, end))

    def is_new_nonce(self, key_pk: int, digest: bytes) -> bool:
        """Whether this key has not used this nonce before; now it has. Raises `Unavailable`."""
        return self._ask(lambda link, end: link.insert_nonce(key_pk, digest, end))

    def close(self) -> None:
        """End the connection, if there is one; the next look makes another."""
        with self._turn:
            link, self._link = self._link, None
            if link is not None:
                link.close()

    def _ask[T](self, question: "Callable[[_Link, float], T]") -> T:
        end = monotonic() + self._deadline
        if self._down or not self._turn.acquire(timeout=self._deadline):
            raise Unavailable
        try:
            if self._down:  # since this thread waited for its turn
                raise Unavailable
            return self._answer(question, end)
        except _Failed as failure:
            self._down = True
            log.warning("gateway_database_away", reason=str(failure))
            threading.Thread(target=self._watch, name="gateway-probe", daemon=True).start()
            raise Unavailable from failure
        finally:
            self._turn.release()

    def _answer[T](self, question: "Callable[[_Link, float], T]", end: float) -> T:
        link, self._link = self._link, None  # not kept unless it answers
        if link is not None:
            try:
                answer = question(link, end)
            except _Closed:
                pass  # the database restarted while nothing was asked: connect again
            else:
                self._link = link
                return answer
        link = _connected(self._conninfo, end)
        answer = question(link, end)
        self._link = link
        return answer

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            try:
                link = _Link(self._conninfo, end := monotonic() + self._deadline)
                link.find("", end)
            except Exception:  # whatever it was: only the database's return ends this
                pause.wait(PROBE_PAUSE)
            else:
                self._link = link
                self._down = False
                return


class _Failed(Exception):
    """The database is away, hangs, or takes no writes."""


class _Closed(_Failed):
    """The connection had ended before it was asked."""


class _Link:
    """One connection with the SELECT prepared; closed by whatever goes wrong."""

    def __init__(self, conninfo: bytes, end: float) -> None:
        self._connection = pq.PGconn.connect_start(conninfo)
        try:
            self._connect(end)
            self._connection.nonblocking = 1
            for name, text in ((_STATEMENT, _SELECT), (_NONCE, _INSERT)):
                self._connection.send_prepare(name, text)
                self._result(end)
        except BaseException as error:
            self._connection.finish()
            if isinstance(error, OperationalError | OSError):
                raise _Failed(str(error)) from error
            raise

    def close(self) -> None:
        self._connection.finish()

    def find(self, client_id: str, end: float) -> KeyState | None:
        result = self._ask(_STATEMENT, [client_id.encode()], end)
        try:
            return _read(result)
        except _Failed:
            self._connection.finish()
            raise

    def insert_nonce(self, key_pk: int, digest: bytes, end: float) -> bool:
        parameters = [str(key_pk).encode(), b"\\x" + digest.hex().encode()]
        return self._ask(_NONCE, parameters, end).command_tuples == 1

    def _ask(self, statement: bytes, parameters: list[bytes], end: float) -> pq.abc.PGresult:
        try:
            self._connection.send_query_prepared(statement, parameters, result_format=_BINARY)
            return self._result(end)
        except _Failed:
            self._connection.finish()
            raise
        except (OperationalError, OSError) as error:
            self._connection.finish()
            raise _Closed(str(error)) from error

    def _connect(self, end: float) -> None:
        while True:
            match self._connection.connect_poll():
                case pq.PollingStatus.OK:
                    return
                case pq.PollingStatus.READING:
                    self._wait(select.POLLIN, end)
                case pq.PollingStatus.WRITING:
                    self._wait(select.POLLOUT, end)
                case _:
                    raise _Failed(self._connection.get_error_message())

    def _result(self, end: float) -> pq.abc.PGresult:
        connection = self._connection
        while connection.flush():
            self._wait(select.POLLOUT, end)
        found = None
        while True:
            while connection.is_busy():
                self._wait(select.POLLIN, end)
                connection.consume_input()
            result = connection.get_result()
            if result is None:
                break
            found = result
        if found is None:
            raise _Closed
        if found.status not in {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK}:
            closed = connection.status == pq.ConnStatus.BAD
            raise (_Closed if closed else _Failed)(found.get_error_message())
        return found

    def _wait(self, event: int, end: float) -> None:
        poll = select.poll()
        poll.register(self._connection.socket, event)
        if not poll.poll(max((end - monotonic()) * 1000, 0)):
            raise _Failed("no answer in time")


def _connected(conninfo: bytes, end: float) -> _Link:
    """A new connection, made in a thread: libpq looks up host names without a deadline."""
    made: SimpleQueue[_Link | _Failed] = SimpleQueue()

    def connect() -> None:
        try:
            made.put(_Link(conninfo, end))
        except Exception as failure:  # handed to who waits
            made.put(_Failed(repr(failure)))

    threading.Thread(target=connect, name="gateway-connect", daemon=True).start()
    try:
        link = made.get(timeout=max(end - monotonic(), 0))
    except Empty:
        raise _Failed("no connection in time") from None
    if isinstance(link, _Failed):
        raise link
    return link


def _read(result: pq.abc.PGresult) -> KeyState | None:
    value = result.get_value
    if value(0, _WRITABLE) != _TRUE:
        raise _Failed("the database takes no writes")
    verifier = value(0, _VERIFIER)
    if verifier is None:
        return None
    return KeyState(
        pk=int.from_bytes(value(0, _ID) or b""),
        verifier=bytes(verifier),
        pepper_number=int.from_bytes(value(0, _PEPPER) or b""),
        public_key=bytes(value(0, _PUBLIC_KEY) or b""),
        role=bytes(value(0, _ROLE) or b"").decode(),
        tenant_id=bytes(value(0, _TENANT) or b"").decode(),
        access_enabled=value(0, _ENABLED) == _TRUE,
        unexpired=value(0, _CURRENT) == _TRUE,
        now=int.from_bytes(value(0, _NOW) or b""),
    )
