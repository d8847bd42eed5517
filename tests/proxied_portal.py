"""The portal behind nginx and behind Caddy, with TLS, by the files that deploy/ has for it."""

import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal import processes
from tests.served_portal import ServedPortal, portal_process
from tests.servers import free_port
from tests.shipped_proxies import nginx_command, shipped, start, wheel

START_SECONDS = 60
STOP_SECONDS = 10
NAME = "127.0.0.1"


@dataclass(frozen=True)
class ProxiedPortal(ServedPortal):
    """The portal as clients reach it: `url` is the proxy's, with TLS."""

    plain_url: str
    """The proxy's address without TLS."""
    certificate: Path

    def client(self) -> httpx.Client:
        """A client that trusts the certificate and follows no redirect."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        return httpx.Client(base_url=self.url, verify=context)


def _make_certificate(home: Path) -> tuple[Path, Path]:
    """A certificate for NAME that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(NAME))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    files = home / "portal.crt", home / "portal.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def _command(proxy: str, home: Path, addresses: dict[str, str]) -> list[str]:
    if proxy == "nginx":
        return nginx_command(home, "portal.conf", shipped("nginx/portal.conf", addresses))
    (home / "Caddyfile").write_text(shipped("caddy/portal.Caddyfile", addresses))
    options = ["run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")]
    return [wheel("caddy"), *options]


def _addresses(
    proxy: str, plain: int, tls: int, portal: str, files: tuple[Path, Path]
) -> dict[str, str]:
    certificate, key = map(str, files)
    portal = portal.removeprefix("http://")
    if proxy == "nginx":
        return {
            "listen 80;": f"listen {NAME}:{plain};",
            "listen 443 ssl": f"listen {NAME}:{tls} ssl",
            "server_name keys.example.com": f"server_name {NAME}",
            "ssl_certificate /etc/ssl/portal.crt": f"ssl_certificate {certificate}",
            "/etc/ssl/portal.key": key,
            "server 127.0.0.1:8000": f"server {portal}",
        }
    return {
        "http://keys.example.com {": f"http://{NAME}:{plain} {{",
        "https://keys.example.com {": f"https://{NAME}:{tls} {{",
        "/etc/ssl/portal.crt /etc/ssl/portal.key": f"{certificate} {key}",
        "reverse_proxy 127.0.0.1:8000": f"reverse_proxy {portal}",
    }


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(f"portal-{name}"))
        for name in ("nginx", "caddy")
    ],
)
def running_proxied_portal(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    worker_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProxiedPortal]:
    """Run for the whole session; tests want `proxied_portal`."""
    home = tmp_path_factory.mktemp(f"portal-{request.param}")
    plain, tls = free_port(), free_port()
    files = _make_certificate(home)
    url = f"https://{NAME}:{tls}"
    settings = {"PORTAL_URL": url, "TRUSTED_PROXY_COUNT": "1"}
    with portal_process(worker_database, home, settings=settings) as behind:
        addresses = _addresses(request.param, plain, tls, behind.url, files)
        process = start(_command(request.param, home, addresses), home, home / "proxy.log")
        portal = ProxiedPortal(url, behind.log, behind.server, f"http://{NAME}:{plain}", files[0])
        try:
            _wait_until_it_answers(portal, home / "proxy.log")
            yield portal
        finally:
            processes.stop(process, [signal.SIGTERM, signal.SIGKILL], STOP_SECONDS)


def _wait_until_it_answers(portal: ProxiedPortal, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError), portal.client() as client:
            if client.get("/livez").is_success:
                return
        time.sleep(0.02)
    pytest.fail(f"The proxy did not start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture
def proxied_portal(running_proxied_portal: ProxiedPortal, transactional_db: None) -> ProxiedPortal:
    """The portal behind one of the proxies; the database is emptied after the test."""
    return running_proxied_portal
