"""When keys were last used and how often, without a write per request.

The gateway's checks, the REST APIs, tokens and introspection note uses in memory, and what else
they have to report; a thread of its own writes them every few seconds and when the process ends. A
crash loses what was not written yet: a few counts and reports, and at most some seconds of last
use. No request waits for any of this, and none is refused for its sake.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import structlog
from django.db import Error, connection, transaction

from accounts.addresses import read_address
from apikeys.credentials import ClientSecret, Peppers, Verifier
from apikeys.models import ApiKey, PlatformKey

type KeyModel = type[ApiKey] | type[PlatformKey]

log = structlog.get_logger(__name__)

FLUSH_EVERY = 2.0
"""Seconds between two flushes."""
STOP_SECONDS = 10.0
"""How long the end waits for the last flush: a database that hangs must not hold it for ever."""
KEYS_MAX = 100_000
"""Keys with unwritten uses that a process holds while the database is away; newer ones wait."""
REPORTS_MAX = 100
"""Reports that a process holds; each costs a few statements, and anybody may cause them."""

# Rows are written in one order, so that two processes never wait for each other in a circle. The
# later use wins, whichever process writes first. A key that is gone (a restored backup) must
# not keep all others from being written.
_LAST_USE = """
    INSERT INTO apikeys_keyusage AS usage (key_id, last_used_at, last_used_from)
    SELECT id, statement_timestamp() - make_interval(secs => age), nullif(address, '')::inet
    FROM unnest(%s::bigint[], %s::text[], %s::float8[]) AS used (id, address, age)
    JOIN apikeys_apikey key USING (id) ORDER BY id
    ON CONFLICT (key_id) DO UPDATE
    SET last_used_at = excluded.last_used_at, last_used_from = excluded.last_used_from
    WHERE usage.last_used_at <= excluded.last_used_at
"""
_COUNTS = """
    INSERT INTO apikeys_keyuseday AS day (key_id, day, accepted, refused)
    SELECT id, (statement_timestamp() AT TIME ZONE 'UTC')::date, accepted, refused
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS used (id, accepted, refused)
    JOIN apikeys_apikey key USING (id) ORDER BY id
    ON CONFLICT (key_id, day) DO UPDATE
    SET accepted = day.accepted + excluded.accepted, refused = day.refused + excluded.refused
"""


@dataclass(slots=True)
class _Uses:
    accepted: int = 0
    refused: int = 0
    address: str = ""
    at: float = 0
    """When the last one passed, by this process's own clock: it may be written much later."""


class UseLog:
    """The uses that are not written yet. One per process; `start` it once."""

    def __init__(self) -> None:
        self._uses: dict[int, _Uses] = {}
        self._upgrades: dict[tuple[KeyModel, int], tuple[int, Verifier]] = {}
        self._reports: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, key_pk: int, address: str | None, *, accepted: bool) -> None:
        """Note one request with a key that proved its secret."""
        with self._lock:
            uses = self._uses.get(key_pk)
            if uses is None:
                if len(self._uses) >= KEYS_MAX:
                    return
                uses = self._uses[key_pk] = _Uses()
            if accepted:
                uses.accepted += 1
                uses.address = read_address(address or "") or ""
                uses.at = monotonic()
            else:
                uses.refused += 1

    def upgrade(
        self,
        key_pk: int,
        secret: ClientSecret,
        stored: Verifier,
        peppers: Peppers,
        model: KeyModel = ApiKey,
    ) -> None:
        """Have the verifier of this secret moved to the current pepper, if it is under another.

        A key that changes meanwhile is left as it is.
        """
        if stored.pepper_number == peppers.current:
            return
        with self._lock:
            if len(self._upgrades) < KEYS_MAX:
                moved = stored.pepper_number, peppers.verifier(secret)
                self._upgrades[model, key_pk] = moved

    def report(self, about: str, write: Callable[[], None]) -> None:
        """Have `write` called after the check; once, if the same is reported again meanwhile."""
        with self._lock:
            if len(self._reports) < REPORTS_MAX:
                self._reports[about] = write

    def start(self) -> None:
        """Begin to write every few seconds, in a thread that does not keep the process alive."""
        self._thread = threading.Thread(target=self._run, name="gateway-uses", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def flush(self) -> None:
        """Write what was noted. What the database does not take now is kept for the next time."""
        with self._lock:
            uses, self._uses = self._uses, {}
            upgrades, self._upgrades = self._upgrades, {}
            reports, self._reports = self._reports, {}
        try:
            if uses:
                with _committed_here():
                    _write(uses)
                uses = {}
            _upgrade(upgrades)
            for about in tuple(reports):
                reports[about]()
                del reports[about]
        except Error as error:
            log.warning("uses_not_written", error=type(error).__name__, keys=len(uses))
            connection.close()
            self._put_back(uses)
            for about, write in reports.items():
                self.report(about, write)
        except Exception:  # not foreseen: another try would fail too, and the thread must go on
            log.exception("uses_lost", keys=len(uses), reports=len(reports))
            connection.close()

    def _run(self) -> None:
        while not self._ended.wait(FLUSH_EVERY):
            self.flush()
        self.flush()
        connection.close()

    def _put_back(self, uses: dict[int, _Uses]) -> None:
        with self._lock:
            for key_pk, old in uses.items():
                new = self._uses.get(key_pk)
                if new is None:
                    self._uses[key_pk] = old
                else:
                    new.accepted += old.accepted
                    new.refused += old.refused
                    if new.at < old.at:
                        new.at, new.address = old.at, old.address


@contextmanager
def _committed_here() -> Iterator[None]:
    """A transaction whose COMMIT waits for no standby: what it writes may be lost with the server.

    The wait would keep its rows locked. Where it never ends, it would also leave open whether the
    uses were counted, and they would be counted again.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = local")
        yield


def _write(uses: dict[int, _Uses]) -> None:
    used = {pk: each for pk, each in uses.items() if each.accepted}
    now = monotonic()
    with connection.cursor() as cursor:
        if used:
            addresses = [each.address for each in used.values()]
            ages = [now - each.at for each in used.values()]
            cursor.execute(_LAST_USE, [list(used), addresses, ages])
        cursor.execute(
            _COUNTS,
            [
                list(uses),
                [each.accepted for each in uses.values()],
                [each.refused for each in uses.values()],
            ],
        )


def _upgrade(upgrades: dict[tuple[KeyModel, int], tuple[int, Verifier]]) -> None:
    """One by one, each committed: together they could wait in a circle with verbs."""
    for (model, key_pk), (old_pepper, verifier) in upgrades.items():
        keys = model._default_manager.filter(pk=key_pk, pepper_number=old_pepper, revoked_at=None)
        with _committed_here():
            keys.update(verifier=verifier.digest, pepper_number=verifier.pepper_number)


_of_process: UseLog | None = None


def start_use_log() -> UseLog:
    """This process's own use log, started once; what is left is written when the process ends."""
    global _of_process  # noqa: PLW0603  # one per process, as its thread is
    if _of_process is None:
        _of_process = UseLog()
        _of_process.start()
        threading.Thread(target=_stop_at_the_end, args=[_of_process], name="gateway-end").start()
    return _of_process


def _stop_at_the_end(uses: UseLog) -> None:
    """Runs until the process ends, which waits for it.

    The module atexit would not do: processes that multiprocessing starts do not heed it, and
    servers' workers are such.
    """
    threading.main_thread().join()
    uses.stop()


def uses_of_process() -> UseLog | None:
    """This process's use log, if it has one: commands have none."""
    return _of_process
