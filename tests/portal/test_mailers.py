"""Settings of mail: what cannot work is refused at the start, in words that say what to do."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from portal.mailers import mailers, sender


def options(monkeypatch: pytest.MonkeyPatch, **setting: str) -> dict[str, Any]:
    """The options of the mail server under these settings."""
    for name, value in {"EMAIL_HOST": "mail.example", **setting}.items():
        monkeypatch.setenv(name, value)
    found: dict[str, Any] = mailers(Env(), Path("var"))["default"]["OPTIONS"]
    return found


@pytest.mark.parametrize(
    "given",
    ["portal@example.com", "Zahlungen Ö <a@intranet>", '"Example, Inc." <portal@example.com>'],
)
def test_it_takes_one_sender(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", given)
    assert sender(Env()) == given


@pytest.mark.parametrize(
    "given",
    [
        "Example, Inc. <portal@example.com>",
        "a@example.com, b@example.com",
        "Example Inc. <portal@example.com>",
        "Portal <portal@example.com",
        "Portal <portal@example.com>\nBcc: eve@example.com",
        "portal",
        "",
    ],
)
def test_it_refuses_any_other_and_says_what_to_write(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", given)
    with pytest.raises(ImproperlyConfigured, match="in double quotes"):
        sender(Env())


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({}, (587, True, False)),
        ({"EMAIL_USE_SSL": "true"}, (465, False, True)),
        ({"EMAIL_USE_SSL": "true", "EMAIL_PORT": "2465"}, (2465, False, True)),
        ({"EMAIL_USE_TLS": "false"}, (587, False, False)),
    ],
)
def test_it_knows_both_kinds_of_tls(
    setting: dict[str, str], expected: tuple[int, bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = options(monkeypatch, **setting)
    assert (found["port"], found["use_tls"], found["use_ssl"]) == expected


def test_it_refuses_both_kinds_of_tls_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="exclude each other"):
        options(monkeypatch, EMAIL_USE_SSL="true", EMAIL_USE_TLS="true")
