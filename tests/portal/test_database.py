"""DATABASE_URL and its relatives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.database_hosts import each_host
from portal.database import app_role, connection_arguments, databases

ENV = {
    "DATABASE_URL": "postgresql://app:s%40crt@db.example:5433/portal?sslmode=require",
    "DATABASE_OWNER_URL": "postgresql://owner:other@db.example:5433/portal",
}


def test_it_serves_as_the_application() -> None:
    arguments = connection_arguments(databases(ENV))
    assert arguments["user"] == "app"
    assert arguments["password"] == "s@crt"
    assert arguments["port"] == "5433"
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
    ("address", "hosts"),
    [
        ("h1:5432,h2:5433/d", ["h1:5432", "h2:5433"]),
        ("h1,h2/d", ["h1", "h2"]),
        ("h1,h2:5433/d", ["h1", "h2:5433"]),
        ("[::1]:5432,[::2]/d", ["::1:5432", "::2"]),
        ("h1,h2/d?port=5433", ["h1:5433", "h2:5433"]),
        ("/d?host=h1,h2&port=5432,5433", ["h1:5432", "h2:5433"]),
        ("h0:5433/d?host=h1,h2", ["h1:5433", "h2:5433"]),
        ("/d?host=%2Fsrv%2FMixed+,h2", ["/srv/Mixed+", "h2"]),
        ("%2Fsrv%2FMixed+,h2:5433/d", ["/srv/Mixed+", "h2:5433"]),
        ("h1,h2/d?hostaddr=10.0.0.1,10.0.0.2", ["h1:10.0.0.1", "h2:10.0.0.2"]),
    ],
)
def test_it_reads_several_hosts_as_libpq_does(address: str, hosts: list[str]) -> None:
    arguments = connection_arguments(databases({"DATABASE_URL": f"postgresql://u:p%40@{address}"}))
    each = each_host(arguments)
    assert [_shown(host) for host in each] == hosts
    assert {(host["user"], host["password"], host["dbname"]) for host in each} == {("u", "p@", "d")}


def _shown(host: Mapping[str, Any]) -> str:
    return ":".join(host[name] for name in ("host", "hostaddr", "port") if host.get(name))


@pytest.mark.parametrize("variable", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_it_wants_the_one_of_several_hosts_that_takes_writes(variable: str) -> None:
    def wanted(address: str) -> object:
        env = ENV | {"PORTAL_DB_ROLE": "owner" if "OWNER" in variable else ""}
        config = databases(env | {variable: f"postgresql://{address}"})
        return connection_arguments(config).get("target_session_attrs")

    assert wanted("h1,h2/d") == "read-write"
    assert wanted("h1,h2/d?target_session_attrs=any") == "any"
    assert wanted("h1/d") is None


@pytest.mark.parametrize(
    ("address", "flaw"),
    [
        ("u:hunter2@h:port/d", "a port that is no number"),
        ("u:hunter2@h:0/d", "a port that is no number"),
        ("u:hunter2@h1:1,h2:65536/d", "a port that is no number"),
        ("u:hunter2/x@h/d", "no address that libpq understands"),
        ("u:hunter2@h1,h2/d?port=1,2,3", "one port for all hosts"),
        ("u:hunter2@h1:1,h2:2/d?host=h3", "one port for all hosts"),
        ("u:hunter2@h1:5432,5433/d", "a number for a host"),
        ("u:hunter2@h1,,h2/d", "an empty host"),
        ("u:hunter2@h1,/d", "an empty host"),
        ("u:hunter2@,/d", "an empty host"),
        ("u:hunter2@/d?host=h1,", "an empty host"),
        ("u:hunter2@h1,h2/d?hostaddr=10.0.0.1", "one hostaddr for each host"),
        ("u:x@hunter2@h/d", "no address that libpq understands"),
        ("u:1/hunter2@h/d", "no address that libpq understands"),
        ("u:%zzhunter2@h/d", "no address that libpq understands"),
        ("u:%ffhunter2@h/d", "no address that libpq understands"),
        ("u:hunter2@h/d?hunter2=1", "no address that libpq understands"),
        ("u:hunter2@[::1/d", "no address that libpq understands"),
    ],
)
def test_it_refuses_what_names_no_hosts(address: str, flaw: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^DATABASE_URL .*{flaw}") as refusal:
        databases({"DATABASE_URL": f"postgresql://{address}"})
    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_it_names_the_address_that_is_wrong() -> None:
    env = ENV | {"DATABASE_OWNER_URL": "postgresql://h1,/d", "PORTAL_DB_ROLE": "owner"}
    with pytest.raises(ImproperlyConfigured, match="^DATABASE_OWNER_URL has an empty host"):
        databases(env)


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://u:hunter2@h/d", "hunter2/portal"])
def test_it_refuses_other_databases_without_repeating_the_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="^DATABASE_URL must begin") as refusal:
        databases({"DATABASE_URL": url})
    assert "hunter2" not in str(refusal.value)
