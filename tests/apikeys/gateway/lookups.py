"""A look-up with its event loop in a thread, so that tests can ask it from outside."""

import asyncio
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from apikeys.gateway.coroutine_protocol import taken
from apikeys.gateway.lookup import KeyState, Lookup
from apikeys.gateway.pipeline import DEADLINE
from tests.database_roles import as_superuser


@contextmanager
def locked(table: str = "apikeys_apikey") -> Iterator[None]:
    """Nobody else can use the table."""
    with as_superuser() as superuser, superuser.transaction():
        superuser.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


class AskedLookup:
    """One process's look-up."""

    def __init__(self, parameters: Mapping[str, Any], deadline: float = DEADLINE) -> None:
        self.lookup = Lookup(parameters, deadline)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def find(self, client_id: str) -> KeyState | None:
        """Ask for one key."""
        return self.run(lambda lookup: taken(lookup.find(client_id)))

    def found(self, client_id: str) -> KeyState:
        """Ask for a key that is there."""
        state = self.find(client_id)
        assert state is not None
        return state

    def sent_by(self, ask: Callable[[], object]) -> list[str]:
        """What travels to PostgreSQL while `ask` does, message by message, as libpq says."""
        self.find("")
        connection = self.lookup.keys._connection
        assert connection is not None
        with tempfile.TemporaryFile("w+") as trace:
            connection.trace(trace.fileno())
            ask()
            connection.untrace()
            trace.seek(0)
            return [line.split("\t")[3].strip() for line in trace if "\tF\t" in line]

    def find_all(self, client_ids: Sequence[str]) -> list[KeyState | BaseException | None]:
        """Ask for these keys at the same moment; the answers, or why there is none."""

        def ask(lookup: Lookup) -> "asyncio.Future[list[KeyState | BaseException | None]]":
            finding = (taken(lookup.find(each)) for each in client_ids)
            return asyncio.gather(*finding, return_exceptions=True)

        return self.run(ask)

    def is_new_nonce(self, key_pk: int, digest: bytes) -> bool:
        """Use up a nonce."""
        return self.run(lambda lookup: taken(lookup.is_new_nonce(key_pk, digest)))

    def run[T](self, question: Callable[[Lookup], Awaitable[T]]) -> T:
        """Whatever else is to be asked, on the look-up's own loop."""

        async def ask() -> T:
            return await question(self.lookup)

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result()

    def close(self) -> None:
        """End the connections and the loop."""

        async def end() -> None:
            self.lookup.close()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
