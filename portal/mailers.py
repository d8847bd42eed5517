"""How mails go out, read from the environment; what cannot work is refused at the start."""

from email.headerregistry import AddressHeader
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env

OWN_SENDER = "API key portal <no-reply@localhost>"
TLS_FROM_THE_START, STARTTLS = 465, 587
"""The usual ports of both (RFC 8314, 3.3 and RFC 6409, 3.1)."""


def sender(env: Env) -> str:
    """DEFAULT_FROM_EMAIL, which must be one address. Raises ImproperlyConfigured."""
    given = env.str("DEFAULT_FROM_EMAIL", OWN_SENDER)
    if is_one_address(given):
        return given
    raise ImproperlyConfigured(
        f"DEFAULT_FROM_EMAIL is {given!r}, which is not one address. Write portal@example.com or "
        "Portal <portal@example.com>; a name with a comma or another sign stands in double quotes: "
        '"Example, Inc." <portal@example.com>.'
    )


def is_one_address(text: str) -> bool:
    """Whether a mail can go out from, or to, `text`: a name may come with the address."""
    parsed = AddressHeader.value_parser(text)
    return [bool(mailbox.domain) for mailbox in parsed.all_mailboxes] == [True] and not list(
        parsed.all_defects
    )


def mailers(env: Env, var: Path) -> dict[str, dict[str, Any]]:
    """Django's MAILERS: the server of EMAIL_HOST; without one, mails are files in `var`/mail.

    Raises ImproperlyConfigured.
    """
    host = env.str("EMAIL_HOST", "")
    if not host:
        return _by("filebased", file_path=str(var / "mail"))
    use_ssl = env.bool("EMAIL_USE_SSL", False)
    use_tls = env.bool("EMAIL_USE_TLS", not use_ssl)
    if use_ssl and use_tls:
        raise ImproperlyConfigured(
            "EMAIL_USE_SSL and EMAIL_USE_TLS exclude each other. Set EMAIL_USE_SSL alone for a "
            "server that speaks TLS from the start (port 465), EMAIL_USE_TLS alone for one that "
            "changes to TLS when asked (STARTTLS, port 587)."
        )
    return _by(
        "smtp",
        host=host,
        port=env.int("EMAIL_PORT", TLS_FROM_THE_START if use_ssl else STARTTLS),
        username=env.str("EMAIL_HOST_USER", ""),
        password=env.str("EMAIL_HOST_PASSWORD", ""),
        use_tls=use_tls,
        use_ssl=use_ssl,
        timeout=10,  # seconds
    )


def _by(backend: str, **options: object) -> dict[str, dict[str, Any]]:
    path = f"django.core.mail.backends.{backend}.EmailBackend"
    return {"default": {"BACKEND": path, "OPTIONS": options}}
