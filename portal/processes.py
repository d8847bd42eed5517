"""Starting and ending child processes so that none outlives the portal."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """Make a child get the signal `how` when its parent ends, even by `kill -9`. Linux only.

    For `preexec_fn`: the kernel forgets it when a process changes its user, so it must be set after
    that and before exec. On other systems the next start cleans up.
    """
    if LIBC is None:
        return None
    return lambda: LIBC.prctl(PR_SET_PDEATHSIG, how.value, 0, 0, 0)


def stop(
    process: subprocess.Popen[bytes], signals: Iterable[signal.Signals], patience: float
) -> None:
    """Send a child each of `signals` in turn, with `patience` seconds between, until it ends."""
    for how in signals:
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


def stop_stranger(pid: int, signals: Iterable[signal.Signals], patience: float) -> bool:
    """Do the same to a process that is not our child. Return whether it has ended."""
    command = command_line(pid)
    for how in signals:
        if command_line(pid) == command:
            os.kill(pid, how)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if command_line(pid) != command:
                return True
            time.sleep(0.05)
    return False


def command_line(pid: int) -> list[str]:
    """Return the command that process `pid` runs; empty for none, and for a zombie.

    A zombie matters: in a container whose first process reaps nobody, killed leftovers stay as
    zombies, and `kill(pid, 0)` calls them alive.
    """
    if Path("/proc/self/cmdline").exists():
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(word) for word in raw.split(b"\0") if word]
    ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True, check=False).stdout.split()


def is_taken(pid: int) -> bool:
    """Whether the number `pid` belongs to any process, zombies included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
