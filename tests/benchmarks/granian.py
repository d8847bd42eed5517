"""Granian, WSGI, one blocking thread a worker: it serves what the portal is measured beside."""

from pathlib import Path

from portal.launcher.server import Application, Program, Server, ServerFailed

GRANIAN = Program(
    "granian",
    ("--interface", "wsgi", "--blocking-threads", "1", "--no-ws", "--http", "1")
    + ("--log-level", "info", "--backlog", "1024"),
    b"Started worker-",
)


def served_by_granian(name: str, target: str) -> Application:
    """The WSGI callable `target`, as "module:callable"."""
    return Application(name, GRANIAN, (target,))


class MeasuredServer(Server):
    """A server whose process can be looked up."""

    @property
    def process_id(self) -> int:
        """Of the main process, whose children are the workers."""
        if self._process is None:
            raise ServerFailed("The server has not been started.")
        return self._process.pid


class ElsewhereServer(Server):
    """A server from an environment in which other packages are installed."""

    python: Path

    def _command(self) -> list[str]:
        return [str(self.python), *super()._command()[1:]]
