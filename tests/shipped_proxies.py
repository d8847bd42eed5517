"""The proxies of deploy/, started with exactly the files that are shipped there.

Only the addresses in a file are replaced, and each must be there once, so what the tests prove
holds for what is shipped.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from portal import processes
from portal.database import REPOSITORY
from tests import nginx_binary, not_run

WHEELS = "pip install -r requirements-dev.txt, on Linux"

type Edit = Callable[[str], str]


def unchanged(text: str) -> str:
    """Edit nothing."""
    return text


def shipped(name: str, replacements: dict[str, str], edit: Edit = unchanged) -> str:
    """Return the text of a file in deploy/ with its addresses replaced, each found once."""
    text = (REPOSITORY / "deploy" / name).read_text()
    for old, new in replacements.items():
        assert text.count(old) == 1, f"{name} should have {old} once"
        text = text.replace(old, new)
    return edit(text)


def nginx_command(home: Path, name: str, text: str) -> list[str]:
    """Return the command for an nginx whose `http` block includes `text`, kept in `home`."""
    program = os.environ.get("PORTAL_NGINX") or nginx_binary.find()
    if not program:
        not_run.skip("The tests of deploy/nginx need nginx", nginx_binary.HOW_TO_INSTALL)
    (home / name).write_text(text)
    temporary = "".join(
        f"{kind}_temp_path {home}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        # As root the workers are somebody else, who may not read below our directory.
        f"{'user root;' if os.geteuid() == 0 else ''}\n"
        f"daemon off; pid {home}/nginx.pid; error_log stderr; worker_processes 1;\n"
        f"events {{ }}\nhttp {{ access_log off;\n{temporary}include {home}/{name}; }}\n"
    )
    return [program, "-e", "stderr", "-p", str(home), "-c", str(home / "nginx.conf")]


def wheel(name: str) -> str:
    """Return the path of a program that a wheel brings, or report the test as not run."""
    program = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if not program:
        not_run.skip(f"The tests of deploy/{name} need {name}", WHEELS)
    return program


def start(command: Sequence[str], home: Path, log: Path) -> "subprocess.Popen[bytes]":
    """Start it; it ends with the process that runs the tests."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=home,
            # Caddy keeps what it learns at home.
            env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=processes.die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see there
        )
