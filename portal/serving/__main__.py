"""``python -m portal.serving``: the portal's workers, started again when one ends by itself."""

import argparse
import os
import signal
import sys
import time
from types import FrameType

from portal import processes
from portal.serving.process import serve

SHORTEST_LIFE = 5.0
"""Seconds; a worker that ends sooner would end again. Its log says why."""


class Workers:
    """The workers, as children of this process, which imports nothing of the application."""

    def __init__(self, host: str, port: int) -> None:
        """Take over SIGTERM and SIGINT, which end all of them."""
        self._where = host, port
        self._born: dict[int, float] = {}
        self._ending = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def run(self, count: int) -> int:
        """Keep `count` of them until told to end, and until all have ended. The exit code."""
        for _ in range(count):
            self._start()
        code = 0
        while self._born:
            pid, status = os.wait()
            lived = time.monotonic() - self._born.pop(pid)
            if self._ending:
                continue
            if lived < SHORTEST_LIFE:
                code = os.waitstatus_to_exitcode(status) or 1
                self._end()
            else:
                sys.stderr.write(f"A worker ended by itself ({status}). Another one starts.\n")
                self._start()
        return code

    def _start(self) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._born[pid] = time.monotonic()
            return
        die_with_parent = processes.die_with_parent(signal.SIGTERM)
        if die_with_parent is not None:
            die_with_parent()
        if os.getppid() == parent:  # or it ended before we asked to end with it
            serve(*self._where)
        sys.exit(0)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._end()

    def _end(self) -> None:
        self._ending = True
        for pid in self._born:
            os.kill(pid, signal.SIGTERM)


def main() -> int:
    """Serve on --host and --port with --workers. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m portal.serving", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="one for each core is best")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    return Workers(options.host, options.port).run(options.workers)


if __name__ == "__main__":
    sys.exit(main())
