"""`manage.py send_test_mail` says in plain words what became of a mail."""

import datetime
import io
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as configured
from django.core.management import CommandError, call_command

from tests.mail_server import MailServer, mail_server
from tests.servers import free_port

TO = "ada@example.com"


def said(server: MailServer, settings: Any, **options: object) -> str:
    """What the command says about a mail by this server."""
    settings.MAILERS = server.mailer(**options)
    printed = io.StringIO()
    try:
        call_command("send_test_mail", TO, stdout=printed)
    except CommandError as error:
        return str(error)
    return printed.getvalue()


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """TLS with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_it_sends_a_mail_now(settings: Any) -> None:
    with mail_server() as server:
        assert f"has taken the mail for {TO}" in said(server, settings)
        assert f"To: {TO}".encode() in server.mails[0]


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("RCPT", "550 no such user", "refuses the recipient. It said: 550 no such user"),
        ("MAIL", "553 not yours", "set DEFAULT_FROM_EMAIL to one that it takes. It said: 553"),
        ("DATA", "554 {spam}", "refuses the mail. It said: 554 {spam}"),
        ("MESSAGE", "552 too large", "refuses the mail. It said: 552 too large"),
        ("CONNECT", "554 go away", "turns us away. It said: 554 go away"),
        ("CONNECT", None, "does not answer"),
    ],
)
def test_it_says_what_the_server_said(
    command: str, answer: str | None, expected: str, settings: Any
) -> None:
    with mail_server() as server:
        server.answers[command] = answer
        assert expected in said(server, settings, timeout=0.2)


def test_it_says_that_a_sign_in_is_wrong(settings: Any) -> None:
    with mail_server() as server:
        server.answers |= {"EHLO": "250-mail.example\r\n250 AUTH PLAIN", "AUTH": "535 wrong"}
        words = said(server, settings, username="portal", password="hunter2")  # noqa: S106
    assert "does not take EMAIL_HOST_USER with EMAIL_HOST_PASSWORD. It said: 535 wrong" in words
    assert "hunter2" not in words


def test_it_says_which_kind_of_tls_is_wrong(settings: Any, self_signed: ssl.SSLContext) -> None:
    with mail_server() as plain, mail_server(tls=self_signed) as tls:
        assert "STARTTLS extension not supported" in said(plain, settings, use_tls=True)
        assert "cannot agree on TLS" in said(plain, settings, use_ssl=True)
        assert "needs EMAIL_USE_SSL=true" in said(tls, settings, timeout=0.2)
        assert "certificate that is not trusted: self-signed" in said(tls, settings, use_ssl=True)


def test_it_says_that_nobody_listens(settings: Any) -> None:
    assert "takes no connections" in said(MailServer(free_port()), settings)
    assert "name that is not known" in said(MailServer(25), settings, host="no.such.host.invalid")


def test_it_says_that_no_server_is_set_or_an_address_is_none(settings: Any) -> None:
    with pytest.raises(CommandError, match="is not one email address"):
        call_command("send_test_mail", "ada@example.com, bob@example.com")
    settings.MAILERS = {"default": {"OPTIONS": {"file_path": "mail"}}}
    with pytest.raises(CommandError, match="EMAIL_HOST"):
        call_command("send_test_mail", TO)


def test_from_a_shell_a_failure_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = str(closed.getsockname()[1])
    done = subprocess.run(
        [sys.executable, "manage.py", "send_test_mail", TO],
        env=os.environ | {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port},
        cwd=configured.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert f"127.0.0.1, port {port}, takes no connections" in done.stderr
