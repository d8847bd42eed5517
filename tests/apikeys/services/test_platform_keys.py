"""Platform keys: made on the server, shown once, and of no use where a tenant's key belongs."""

import io
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.actor import Actor, PersonActor, StaffActor
from accounts.models import AuditEvent, Tenant, User
from apikeys.credentials import parse_client_secret
from apikeys.errors import ServerOnly
from apikeys.models import ApiKey, PlatformKey
from apikeys.services.peppers import configured_peppers
from apikeys.services.platform_keys import create_platform_key
from portal import checks
from tests.constraints import broken_constraint, constraints
from tests.factories import PLATFORM, make_key

pytestmark = pytest.mark.django_db


def created_by_command(**options: str) -> tuple[str, str]:
    """What the command says on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    call_command("create_platform_key", **{"name": "Back office"} | options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_prints_the_secret_once_and_alone() -> None:
    out, err = created_by_command()
    secret = parse_client_secret(out.strip(), prefix=settings.API_KEY_PREFIX)
    key = PlatformKey.objects.get()
    assert key.client_id == secret.client_id
    assert configured_peppers().matches(secret, key.stored_verifier)
    assert secret.text not in err
    assert key.client_id in err


def test_it_leaves_an_event_in_no_tenants_trail_and_no_secret_in_it() -> None:
    out, _ = created_by_command()
    event = AuditEvent.objects.get(event="platform_key.created")
    assert (event.tenant, event.actor_id) == (None, "create_platform_key")
    assert out.strip() not in str(event.__dict__)


def test_revoking_erases_the_verifier_and_keeps_the_row() -> None:
    created_by_command()
    key = PlatformKey.objects.get()
    for _ in range(2):
        call_command("revoke_platform_key", key.client_id, stdout=io.StringIO())
    key.refresh_from_db()
    assert (key.verifier, key.pepper_number, key.stored_verifier) == (None, None, None)
    assert key.revoked_at is not None
    assert AuditEvent.objects.filter(event="platform_key.revoked").count() == 1


def test_the_commands_say_what_is_wrong_in_one_line() -> None:
    with pytest.raises(CommandError, match="Enter a name"):
        created_by_command(name="  ")
    with pytest.raises(CommandError, match="No platform key"):
        call_command("revoke_platform_key", "dev_00000000000000000000")


def test_nobody_who_signs_in_makes_one(oscar: User, alice: User) -> None:
    actors: tuple[Actor, ...] = (StaffActor(oscar), PersonActor(alice))
    for actor in actors:
        with pytest.raises(ServerOnly):
            create_platform_key(actor=actor, name="Mine")
    assert not PlatformKey.objects.exists()


def test_the_rest_api_accepts_none() -> None:
    out, _ = created_by_command()
    answer = Client().get("/v1/api-key/self", headers={"api-key": out.strip()})
    assert answer.status_code == 401


def test_the_command_makes_a_key_that_only_asks_about_tokens() -> None:
    created_by_command(kind="introspect")
    assert PlatformKey.objects.get().kind == "introspect"
    assert AuditEvent.objects.get(event="platform_key.created").data == {"kind": "introspect"}


def test_it_counts_towards_no_limit(northwind: Tenant) -> None:
    for _ in range(3):
        created_by_command()
    for _ in range(10):
        make_key(northwind)
    assert ApiKey.objects.count() == 10


def test_the_check_of_peppers_counts_them(settings: Any) -> None:
    created_by_command()
    assert checks.peppers_present(None, ["default"]) == []
    settings.API_KEY_PEPPERS = {7: b"x" * 32}
    (error,) = checks.peppers_present(None, ["default"])
    assert error.id == "portal.E001"


BROKEN: dict[str, dict[str, Any]] = {
    "platform_key_client_id_form": {"client_id": "no"},
    "platform_key_whole_or_revoked": {"verifier": None},
    "platform_key_name_given": {"name": ""},
    "platform_key_kind_known": {"kind": "other"},
    "platform_key_revoked_after_created": {
        "revoked_at": "2000-01-01T00:00:00Z",
        "verifier": None,
        "pepper_number": None,
    },
}


@pytest.mark.parametrize("constraint", BROKEN)
def test_the_database_refuses_a_broken_row(constraint: str) -> None:
    create_platform_key(actor=PLATFORM, name="Back office")
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        PlatformKey.objects.update(**BROKEN[constraint])
    assert broken_constraint(refused.value) == constraint


def test_it_tries_every_rule_of_the_database() -> None:
    rules = constraints(PlatformKey._meta.db_table)
    assert {name for name in rules if name.startswith("platform_key_")} == set(BROKEN)
