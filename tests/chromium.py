"""Find a Chromium for the browser tests, or get one.

``python -m tests.chromium`` prints its path, or nothing. It looks at ``PORTAL_CHROMIUM``, then on
PATH, then at Playwright's own; with none there it tries to install one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HOW_TO_INSTALL = "install chromium or google-chrome, or set PORTAL_CHROMIUM to one's path"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHTS = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/*/*/Chromium")
INSTALL_SECONDS = 600


def find() -> str | None:
    """Return the path of a Chromium that starts, None if there is none."""
    return next(filter(_starts, _candidates()), None)


def install() -> None:
    """Try Debian's package, which needs root, then Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run(["apt-get", "-qq", "update"])
        _run(["apt-get", "-qq", "-y", "--no-install-recommends", "install", "chromium"])
        if find():
            return
    _run([sys.executable, "-m", "playwright", "install", "chromium"])


def _candidates() -> Iterator[str]:
    if given := os.environ.get("PORTAL_CHROMIUM"):
        yield given
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    for place in (".cache/ms-playwright", "Library/Caches/ms-playwright"):
        cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / place)
        for pattern in PLAYWRIGHTS:
            yield from map(str, sorted(cache.glob(pattern), reverse=True))


def _starts(path: str) -> bool:
    """Whether it is more than a stub: Ubuntu's `chromium` only tells to install a snap."""
    try:
        command = [path, "--version"]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


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
