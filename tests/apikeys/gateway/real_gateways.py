"""The four gateways themselves, each with exactly its file in deploy/.

Only the addresses in the files are replaced, and each must be there once, so what the tests prove
holds for what is shipped. Every gateway runs twice: in front of the portal's own gateway unit, and
in front of a check that a test makes misbehave.
"""

import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from apikeys.gateway.original import Family
from portal import processes
from tests.apikeys.gateway.raw_http import NO_ANSWER, ask
from tests.apikeys.gateway.recording_server import RecordingServer, answer
from tests.served_gateway import gateway_unit
from tests.servers import free_port
from tests.shipped_proxies import Edit, nginx_command, shipped, start, unchanged, wheel

FAILURES_ALLOWED = 200
START_SECONDS = 60
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway at work, and what stands behind it."""

    family: Family
    port: int
    upstream: RecordingServer


@dataclass(frozen=True, slots=True)
class DoubtfulGateway(Gateway):
    """A gateway whose check does what the test says."""

    check: RecordingServer


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a gateway listens, asks and passes on to."""

    listen: int
    check: int
    upstream: int


def with_open_path(text: str) -> str:
    """Open /open/ to everybody, as the comments in the files say."""
    return _uncommented("open", text)


def for_pages_of_another_origin(text: str) -> str:
    """Answer preflights, as the comments in nginx's file say."""
    return _uncommented("cors", text)


def behind_proxy(text: str) -> str:
    """Trust a proxy on this machine to say who its clients are, as the comments say."""
    return _uncommented("proxy", text)


def _uncommented(mark: str, text: str) -> str:
    return re.sub(rf"(?m)^(\s*)#{mark} ", r"\1", text)


# --- What each is started with ----------------------------------------------------------------


def _nginx(home: Path, ports: Ports, edit: Edit) -> list[str]:
    text = shipped("nginx/gateway.conf", _loopback_addresses(ports), edit)
    return nginx_command(home, "gateway.conf", text)


def _traefik(home: Path, ports: Ports, edit: Edit) -> list[str]:
    addresses = _loopback_addresses(ports)
    here = {"127.0.0.1:8080": addresses.pop("127.0.0.1:8080")}
    here["/etc/traefik/dynamic.yml"] = str(home / "dynamic.yml")
    (home / "traefik.yml").write_text(shipped("traefik/traefik.yml", here, edit))
    (home / "dynamic.yml").write_text(shipped("traefik/dynamic.yml", addresses, edit))
    return [wheel("traefik"), f"--configFile={home / 'traefik.yml'}"]


def _envoy(home: Path, ports: Ports, edit: Edit) -> list[str]:
    addresses = {
        f"port_value: {old} ": f"port_value: {new} "
        for old, new in ((8080, ports.listen), (8001, ports.check), (9000, ports.upstream))
    }
    (home / "envoy.yaml").write_text(shipped("envoy/envoy.yaml", addresses, edit))
    return [
        *(wheel("envoy"), "-c", str(home / "envoy.yaml")),
        # Several may run on one machine, and these are small.
        *("--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"),
    ]


def _caddy(home: Path, ports: Ports, edit: Edit) -> list[str]:
    addresses = _loopback_addresses(ports)
    addresses.pop("127.0.0.1:8080")
    addresses["http://:8080"] = f"http://:{ports.listen}"
    (home / "Caddyfile").write_text(shipped("caddy/Caddyfile", addresses, edit))
    return [*(wheel("caddy"), "run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile"))]


STARTERS = {
    Family.NGINX: _nginx,
    Family.TRAEFIK: _traefik,
    Family.ENVOY: _envoy,
    Family.CADDY: _caddy,
}


def _loopback_addresses(ports: Ports) -> dict[str, str]:
    return {
        f"127.0.0.1:{old}": f"127.0.0.1:{new}"
        for old, new in ((8080, ports.listen), (8001, ports.check), (9000, ports.upstream))
    }


@contextmanager
def started(
    family: Family, home: Path, *, check: int, upstream: int, edit: Edit = unchanged
) -> Iterator[int]:
    """Run a gateway and yield the port it listens on; its files and logs lie in `home`."""
    log = home / "log"
    ports = Ports(free_port(), check, upstream)
    process = start(STARTERS[family](home, ports, edit), home, log)
    try:
        _wait_until_it_answers(process, ports.listen, log)
        yield ports.listen
    finally:
        processes.stop(process, [signal.SIGTERM, signal.SIGKILL], STOP_SECONDS)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Traefik answers 404 before it has read its routes: that is too early."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            if ask(port, "GET", "/").status not in {NO_ANSWER, HTTPStatus.NOT_FOUND}:
                return
        time.sleep(0.02)
    pytest.fail(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-3000:]}")


# --- What tests ask for -----------------------------------------------------------------------


@pytest.fixture(
    scope="session",
    # One worker of pytest-xdist each: a gateway and its unit start once a run.
    params=[pytest.param(f, marks=pytest.mark.xdist_group(f"gateway-{f}")) for f in Family],
)
def family(request: pytest.FixtureRequest) -> Family:
    """Name the gateway; a test that asks for this runs with each."""
    return Family(request.param)


@pytest.fixture(scope="session")
def upstream() -> Iterator[RecordingServer]:
    """Stand in for the API."""
    with RecordingServer() as server:
        yield server


@pytest.fixture(scope="session")
def familys_unit(
    family: Family,
    django_db_setup: None,
    worker_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """Run the portal's gateway unit, the same that production runs; yield its port."""
    settings = {
        "GATEWAY_FAMILY": str(family),
        "GATEWAY_TRUSTED_ADDRESSES": "127.0.0.1",
        "GATEWAY_FAILURES": str(FAILURES_ALLOWED),
        "GATEWAY_UPGRADE_PATHS": "/sockets",
    }
    home = tmp_path_factory.mktemp(f"unit-{family}")
    # One worker: a second would count failures of its own.
    with gateway_unit(worker_database, home, workers=1, settings=settings) as unit:
        yield unit.server.port


@pytest.fixture(scope="session")
def running_gateway(
    family: Family,
    familys_unit: int,
    upstream: RecordingServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """Run for the whole session; tests want `gateway`."""
    home = tmp_path_factory.mktemp(family)
    with started(family, home, check=familys_unit, upstream=upstream.port) as port:
        yield Gateway(family, port, upstream)


@pytest.fixture
def gateway(running_gateway: Gateway, transactional_db: None) -> Gateway:
    """Use the gateway with the portal's unit; the database is emptied after the test."""
    running_gateway.upstream.taken()
    return running_gateway


@pytest.fixture(scope="session")
def running_doubtful_gateway(
    family: Family, upstream: RecordingServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DoubtfulGateway]:
    """Run for the whole session; tests want `doubtful_gateway`."""
    home = tmp_path_factory.mktemp(f"doubtful-{family}")
    with (
        RecordingServer() as check,
        started(
            family, home, check=check.port, upstream=upstream.port, edit=with_open_path
        ) as port,
    ):
        yield DoubtfulGateway(family, port, upstream, check)


@pytest.fixture
def doubtful_gateway(running_doubtful_gateway: DoubtfulGateway) -> DoubtfulGateway:
    """Use the gateway with a check that passes everything without a name, until told otherwise.

    Its file has the open path uncommented.
    """
    running_doubtful_gateway.upstream.taken()
    running_doubtful_gateway.check.taken()
    running_doubtful_gateway.check.answering = lambda _: answer(200)
    return running_doubtful_gateway
