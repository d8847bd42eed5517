"""Behind a proxy that speaks https: pages are redirected there once, and health is answered."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from portal import checks


@pytest.fixture
def https(settings: Any) -> None:
    """As with an https PORTAL_URL and one proxy."""
    settings.PORTAL_URL = "https://portal.example"
    settings.ALLOWED_HOSTS = ["portal.example"]
    settings.TRUSTED_PROXY_COUNT = 1
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "portal.example", "not a host"])
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_is_answered_whatever_the_host_and_scheme(path: str, host: str, https: None) -> None:
    assert Client().get(path, headers={"host": host}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "status"),
    [("https", 200), ("HTTPS", 200), ("http, https", 200), ("https, http", 301), ("", 301)],
)
def test_the_scheme_is_what_the_last_proxy_says(said: str, status: int, https: None) -> None:
    headers = {"host": "portal.example", "x-forwarded-proto": said}
    assert Client().get("/accounts/login/", headers=headers).status_code == status


@pytest.mark.parametrize("secure", ["true", "false"])
def test_an_https_portal_without_a_proxy_does_not_start(secure: str) -> None:
    env = os.environ | {"PORTAL_URL": "https://portal.example", "TRUSTED_PROXY_COUNT": "0"}
    env["SECURE_COOKIES"] = secure
    command = [sys.executable, "manage.py", "check", "--deploy"]
    ended = subprocess.run(
        command, cwd=configured.BASE_DIR, env=env, check=False, capture_output=True, text=True
    )
    assert ended.returncode
    assert "TRUSTED_PROXY_COUNT" in ended.stderr


@pytest.mark.parametrize(
    ("kind", "count", "warned"),
    [("production", 0, True), ("production", 1, False), ("sandbox", 0, False)],
)
def test_production_without_a_known_proxy_is_warned(
    kind: str, count: int, warned: bool, settings: Any
) -> None:
    settings.ENVIRONMENT_KIND, settings.TRUSTED_PROXY_COUNT = kind, count
    assert [each.id for each in checks.proxy_named(None)] == ["portal.W001"] * warned
