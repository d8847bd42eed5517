"""`manage.py run_worker` as a child process, which sends mails beside the server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from portal import processes
from portal.database import REPOSITORY

STOP_SECONDS = 25
"""Longer than a mail server may take over the mail that is being sent: 10 s for each answer."""
SHORTEST_LIFE = 10.0
"""Seconds; one that ends sooner would end again, so the next starts no sooner than after these."""


class Worker:
    """One worker, writing to `log`. It finds what waits whenever it comes: nobody waits for it."""

    def __init__(
        self, *, env: Mapping[str, str], log: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Prepare; nothing runs before `start`. `clock` counts seconds."""
        self.env = dict(env)
        self.log = log
        self._clock = clock
        self._born = clock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return without waiting."""
        self._born = self._clock()
        # Logs are for the owner's eyes.
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(REPOSITORY / "manage.py"), "run_worker"],
                cwd=REPOSITORY,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for our parent, which stops things in order.
                start_new_session=True,
                preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see there
            )

    def stop(self) -> None:
        """Let it finish the mail that it is sending; what does not end in time is killed."""
        if self._process is not None:
            processes.stop(self._process, [signal.SIGTERM, signal.SIGKILL], STOP_SECONDS)
            self._process = None

    def restart_if_ended(self) -> bool:
        """Start another if this one has ended by itself. Whether that was so."""
        if self.is_running() or self._clock() - self._born < SHORTEST_LIFE:
            return False
        self.start()
        return True

    def is_running(self) -> bool:
        """Whether the process that `start` launched is alive."""
        return self._process is not None and self._process.poll() is None
