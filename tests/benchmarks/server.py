"""``make bench-server``: the portal's server beside Granian, in pairs on the real application.

Both serve the same database at the same time and are asked in turns, each with two workers: a key
about itself, a page of somebody who is signed in, a static file. CPU is the server's alone.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from portal.database import REPOSITORY
from portal.launcher.server import PORTAL, Server, ServerFailed
from tests.benchmarks import wrk
from tests.benchmarks.gateway_load import Checks, put, raw
from tests.benchmarks.granian import ElsewhereServer, MeasuredServer, served_by_granian
from tests.benchmarks.wrk import LoadFailed
from tests.postgres_plugin import FOREIGN, throw_away_portal
from tests.servers import free_port, serving

ROUNDS = int(os.environ.get("ROUNDS", "7"))
SECONDS = int(os.environ.get("SECONDS", "2"))
WORKERS = 2
GRANIAN_PORTAL = served_by_granian("granian", "portal.wsgi:application")


class GranianServer(ElsewhereServer, MeasuredServer):
    """Granian from the benchmarks' environment, with the portal's own packages beside it."""

    python = REPOSITORY / ".venv/bench/bin/python"


@dataclass
class Pair:
    """What both did with one request, round by round."""

    request: str
    ours: list[Checks] = field(default_factory=list)
    theirs: list[Checks] = field(default_factory=list)

    def line(self, name: str) -> str:
        """A line of the table: medians, and the median of each round's ratio."""
        rates = [
            f"{median(each.rate for each in loads):,.0f}" for loads in (self.ours, self.theirs)
        ]
        both = list(zip(self.ours, self.theirs, strict=True))
        rate = median(ours.rate / theirs.rate for ours, theirs in both)
        cpu = median(ours.cpu / theirs.cpu for ours, theirs in both)
        return f"| {name} | {rates[0]} | {rates[1]} | {rate:.2f} | {cpu:.2f} |"


def main() -> int:
    """Serve both, measure, print a table."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    try:
        program = wrk.find()
        with throw_away_portal() as portal:
            os.environ.update(portal, DEMO="1", DJANGO_SETTINGS_MODULE="portal.settings")
            os.environ.update(LOG_LEVEL="ERROR", API_RATE_LIMIT="1000000000", DEBUG="false")
            for command in (["migrate"], ["collectstatic", "--noinput"], ["make_demo_data"]):
                _manage(*command, "--verbosity", "0")
            pairs = {name: Pair(request) for name, request in _requests().items()}
            with _served() as (ours, theirs):
                for _ in range(ROUNDS + 1):
                    for pair in pairs.values():
                        pair.ours.append(_load(program, ours, pair.request))
                        pair.theirs.append(_load(program, theirs, pair.request))
    except (LoadFailed, ServerFailed) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for pair in pairs.values():
        del pair.ours[0], pair.theirs[0]  # to warm up
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}"
    head = f"{datetime.now(UTC).date()}, {load}, {WORKERS} workers each, {ROUNDS} rounds"
    table = ["| asked | ours/s | Granian/s | rate | CPU |", "|---|---|---|---|---|"]
    table += [pair.line(name) for name, pair in pairs.items()]
    sys.stdout.write("\n".join(["", head, "", *table, ""]))
    return 0


def _requests() -> dict[str, str]:
    """What is asked for, as it goes over the wire."""
    import django  # noqa: PLC0415 - reads the environment made above

    django.setup()
    from django.contrib.staticfiles.storage import staticfiles_storage  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415 - needs Django set up
    from tests.factories import signed_in  # noqa: PLC0415

    demo = json.loads((Path(os.environ["VAR"]) / "demo.json").read_text())
    alice = demo["people"][0]
    session = signed_in(User.objects.get(email=alice["email"])).cookies["session"].value
    django.db.connections.close_all()
    page = f"/account/{alice['tenant_id']}/keys/"
    return {
        "a key about itself": raw(
            "/v1/api-key/self", ("api-key", demo["keys"][0]["client_secret"])
        ),
        "a page of keys": raw(page, ("Cookie", f"session={session}")),
        "a static file": raw(str(staticfiles_storage.url("css/portal.css"))),
    }


@contextmanager
def _served() -> Iterator[tuple[MeasuredServer, MeasuredServer]]:
    """Ours and Granian, on the same database."""
    packages = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
    with ExitStack() as running:
        logs = Path(running.enter_context(tempfile.TemporaryDirectory()))

        def start(kind: type[Server], env: dict[str, str], **options: object) -> MeasuredServer:
            log = logs / f"{kind.__name__}.log"
            server = kind("127.0.0.1", free_port(), workers=WORKERS, env=env, log=log, **options)  # type: ignore[arg-type]
            running.enter_context(serving(server))
            assert isinstance(server, MeasuredServer)
            return server

        yield (
            start(MeasuredServer, dict(os.environ), application=PORTAL),
            start(GranianServer, packages, application=GRANIAN_PORTAL),
        )


def _load(program: str, server: MeasuredServer, request: str) -> Checks:
    return put(program, server.port, [request], SECONDS, pids=(server.process_id,))


def _manage(*arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=REPOSITORY, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
