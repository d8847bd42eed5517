"""DATABASE_URL and its relatives."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.database import app_role, connection_arguments, databases

ENV = {
    "DATABASE_URL": "postgresql://app:s%40crt@db.example:5433/portal?sslmode=require",
    "DATABASE_OWNER_URL": "postgresql://owner:other@db.example:5433/portal",
}


def test_it_serves_as_the_application() -> None:
    arguments = connection_arguments(databases(ENV))
    assert arguments["user"] == "app"
    assert arguments["password"] == "s@crt"
    assert arguments["port"] == 5433
    assert arguments["sslmode"] == "require"
    assert "statement_timeout=15000" in arguments["options"]
    assert app_role(ENV) == "app"


def test_it_migrates_as_the_owner_and_without_a_time_limit() -> None:
    config = databases(ENV | {"PORTAL_DB_ROLE": "owner"})
    assert config["USER"] == "owner"
    assert "statement_timeout" not in config["OPTIONS"]["options"]


def test_one_address_serves_for_both_roles() -> None:
    env = {"DATABASE_URL": ENV["DATABASE_URL"], "PORTAL_DB_ROLE": "owner"}
    assert databases(env)["USER"] == "app"


def test_without_an_address_it_is_the_embedded_socket(tmp_path: Path) -> None:
    config = databases({"VAR": str(tmp_path / "Mixed Case+")})
    assert config["HOST"] == str(tmp_path / "Mixed Case+" / "postgres" / "socket")
    assert config["USER"] == "portal_app"
    assert config["NAME"] == "portal"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///db.sqlite3",
        "mysql://u:hunter2@h/d",
        "db.example/portal",
        "postgresql://u:hunter2@h:port/d",
    ],
)
def test_anything_else_is_refused_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="^DATABASE_URL") as refusal:
        databases({"DATABASE_URL": url})
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
