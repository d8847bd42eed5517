"""The user account that PostgreSQL runs as.

PostgreSQL refuses to run as root, and in containers root is often all there is. Root then starts it
as `postgres`, else `nobody`; everybody else as themselves. Whether that account can reach a path is
asked of the kernel, by trying it as that account, and never helped along by loosening a mode.
"""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

SHORT_PARENTS = ("/tmp", "/var/tmp")  # noqa: S108 - only for mkdtemp, which makes private ones
LONGEST_PARENT = 50  # bytes; leaves room for a random name and the socket's within 103


class PostgresFailed(Exception):
    """PostgreSQL cannot be had. The message is one line for a person."""


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """A user that PostgreSQL's programs run as."""

    name: str
    uid: int
    gid: int

    def run_as(self) -> RunAs:
        """Arguments for `subprocess`: drops to this account, when we are root."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether this account may enter the directory, or execute the file, at `path`."""
        command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.run_as()).returncode == 0

    def own(self, path: Path) -> None:
        """Make `path`, which we have just created, this account's own."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def short_directory(self, prefix: str) -> Path:
        """Create a private directory of this account's, its path short enough for a socket.

        TMPDIR may be long (macOS) or closed to the account (root's own), /tmp is neither.
        """
        for parent in (tempfile.gettempdir(), *SHORT_PARENTS):
            if len(os.fsencode(parent)) <= LONGEST_PARENT and self.can_reach(Path(parent)):
                directory = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
                self.own(directory)
                return directory
        msg = f"No temporary directory that {self.name} can enter."
        raise PostgresFailed(msg)


def account_for(data: Path) -> Account:
    """Choose the account for the cluster in `data`, which need not exist yet.

    Root continues with the owner of existing data, so that `sudo make run` does not lock out the
    user who ran `make run` before.
    """
    uid = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if uid == 0:
        return _account(owner) if owner else _unprivileged()
    if owner not in {None, uid}:
        msg = f"{data} belongs to {_account(owner or 0).name}: start as that user, or set VAR."
        raise PostgresFailed(msg)
    return Account(_account(uid).name, uid, os.getegid())


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # Containers run under numbers that no file names.
        return Account(f"user {uid}", uid, uid)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _unprivileged() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    msg = "PostgreSQL does not run as root, and there is neither a user postgres nor nobody."
    raise PostgresFailed(msg)
