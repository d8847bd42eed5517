"""Find the Node.js programs that read the OpenAPI document, or get them.

``python -m tests.node_packages`` prints the directory in which they are installed, or nothing. It
looks at ``PORTAL_NODE_PACKAGES``, then beside the tests' other tools; with none there it tries to
install what tests/node/package-lock.json names.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parent / "node"
HOW_TO_INSTALL = "install Node.js 20.19 or newer with npm, then run python -m tests.node_packages"
INSTALLED = Path(sys.prefix) / "node"
INSTALL_SECONDS = 600


def find() -> str | None:
    """Return the directory with the packages of the lock file, None if there is none."""
    given = Path(os.environ.get("PORTAL_NODE_PACKAGES") or INSTALLED)
    return str(given) if shutil.which("node") and _is_current(given) else None


def install() -> None:
    """Install the packages; Node.js itself comes from Debian, which needs root."""
    if not shutil.which("npm") and os.geteuid() == 0 and shutil.which("apt-get"):
        _run(["apt-get", "-qq", "update"])
        _run(["apt-get", "-qq", "-y", "--no-install-recommends", "install", "nodejs", "npm"])
    if not shutil.which("npm"):
        return
    INSTALLED.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, INSTALLED)
    # Their scripts would only send statistics about us.
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(INSTALLED)])


def _is_current(directory: Path) -> bool:
    lock = directory / "package-lock.json"
    ours = (LOCK / "package-lock.json").read_bytes()
    is_complete = (directory / "node_modules" / ".package-lock.json").exists()
    return is_complete and lock.exists() and lock.read_bytes() == ours


def _run(command: list[str]) -> None:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        # Our standard output is the answer; theirs is only talk.
        subprocess.run(command, env=env, stdout=sys.stderr, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{command[0]}: {error}\n")


if __name__ == "__main__":
    if not find():
        install()
    sys.stdout.write(f"{find() or ''}\n")
