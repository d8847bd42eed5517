"""Settings that the gateway cannot judge by are found before it serves."""

from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from apikeys.gateway import service
from portal.launcher.server import ServerFailed
from tests.served_gateway import gateway_unit

PRODUCTION = {"ENVIRONMENT_KIND": "production", "TRUSTED_PROXY_COUNT": 1}
GOOD: list[dict[str, Any]] = [
    {"GATEWAY_USER_DATA_PATHS": None},
    {"GATEWAY_USER_DATA_PATHS": []} | PRODUCTION,
    {"GATEWAY_USER_DATA_PATHS": ["/users", "/customers/*/contacts"]} | PRODUCTION,
    {"GATEWAY_USER_DATA_PATHS": ["/users.json", "/report-*", "/*-users", "/v*/users", "/*"]},
    {"GATEWAY_UPGRADE_PATHS": ["/sockets", "/v*/events"]},
    {"GATEWAY_FAMILY": "envoy"},
    {"GATEWAY_TRUSTED_ADDRESSES": ["10.0.0.0/8", "::1", "2001:db8::/32"]},
    {"GATEWAY_PUBLIC_ORIGIN": "https://api.example.com"},
    {"GATEWAY_PUBLIC_ORIGIN": "http://[::1]:8080"},
    {"GATEWAY_FAILURES": 1},
]
BAD: list[tuple[str, dict[str, Any]]] = [
    ("portal.E002", {"GATEWAY_USER_DATA_PATHS": None} | PRODUCTION),
    ("portal.E003", {"GATEWAY_USER_DATA_PATHS": ["/users", "customers"]}),
    ("portal.E003", {"GATEWAY_USER_DATA_PATHS": ["/a/../b"]} | PRODUCTION),
    ("portal.E003", {"GATEWAY_USER_DATA_PATHS": [""]}),
    ("portal.E003", {"GATEWAY_USER_DATA_PATHS": ["/users%2A"]}),
    ("portal.E003", {"GATEWAY_UPGRADE_PATHS": ["sockets"]}),
    ("portal.E003", {"GATEWAY_FAMILY": "apache"}),
    ("portal.E003", {"GATEWAY_TRUSTED_ADDRESSES": ["localhost"]}),
    ("portal.E003", {"GATEWAY_TRUSTED_ADDRESSES": ["10.0.0.1/8"]}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "api.example.com"}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "https://API.example.com"}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "https://api.example.com:443"}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "https://api.example.com/v1"}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "https://me@api.example.com"}),
    ("portal.E003", {"GATEWAY_PUBLIC_ORIGIN": "ftp://api.example.com"}),
    ("portal.E003", {"GATEWAY_FAILURES": 0}),
]


def found() -> list[str]:
    return [str(message.id) for message in checks.run_checks() if "portal." in str(message.id)]


@pytest.mark.parametrize("settings", GOOD, ids=str)
def test_it_takes_what_can_be_judged_by(settings: dict[str, Any]) -> None:
    with override_settings(**settings):
        assert found() == []


@pytest.mark.parametrize(("code", "settings"), BAD, ids=str)
def test_it_starts_with_nothing_else(code: str, settings: dict[str, Any]) -> None:
    with override_settings(**settings):
        assert found() == [code]
        with pytest.raises(ImproperlyConfigured, match="GATEWAY_"):
            service.gateway.__wrapped__()


def test_it_says_which_pattern_is_wrong_and_what_one_may_hold() -> None:
    with override_settings(GATEWAY_USER_DATA_PATHS=["/users", "/a;b"]):
        [error] = [each for each in checks.run_checks() if each.id == "portal.E003"]
    assert "GATEWAY_USER_DATA_PATHS cannot hold '/a;b'." in error.msg
    assert 'A path begins with "/"' in error.msg


def test_the_pepper_in_use_must_be_one_of_the_peppers(worker_database: str, tmp_path: Path) -> None:
    wrong = {"API_KEY_PEPPER": "9"}
    # One worker: uvicorn starts one of several again and again.
    unit = gateway_unit(worker_database, tmp_path, workers=1, settings=wrong)
    with pytest.raises(ServerFailed), unit:
        pytest.fail("It answers.")
    assert "API_KEY_PEPPER is not a number" in (tmp_path / "gateway.log").read_text()


def test_the_unit_does_not_start_and_says_why(worker_database: str, tmp_path: Path) -> None:
    wrong = {"GATEWAY_FAMILY": "nonsense"}
    with pytest.raises(ServerFailed), gateway_unit(worker_database, tmp_path, settings=wrong):
        pytest.fail("It answers.")
    assert "GATEWAY_FAMILY cannot be 'nonsense'." in (tmp_path / "gateway.log").read_text()
