"""The client secret is in the answer to its creation and nowhere else."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from django.db import DatabaseError, connection

from accounts.errors import PermissionRefused
from accounts.models import Tenant, User
from accounts.roles import Role
from apikeys.credentials import ClientSecret
from apikeys.errors import AlreadyCreated
from apikeys.models import ApiKey
from apikeys.proof.verify import Denied, Passed, verify_secret
from apikeys.services import keys
from apikeys.services.keys import assign_role, edit_key, revoke_key
from tests.database_roles import as_superuser, dump, tables
from tests.factories import acting, make_key

pytestmark = pytest.mark.django_db(transaction=True)


def _life_of_a_key(tenant: Tenant, admin: User, bystander: User) -> ClientSecret:
    """Do with a key all that can be done, refusals and failures included."""
    actor = acting(admin)
    created = make_key(tenant, actor=actor, submission="form", description="canary")
    with pytest.raises(AlreadyCreated):
        make_key(tenant, actor=actor, submission="form")
    assert isinstance(verify_secret(created.secret, address="203.0.113.9"), Passed)
    with pytest.raises(PermissionRefused):
        revoke_key(actor=acting(bystander), key=created.key)
    later = datetime.now(UTC) + timedelta(days=1)
    edit_key(actor=actor, key=created.key, name="Canary", expires_at=later)
    assign_role(actor=actor, key=created.key, role=Role.GL)
    return created.secret


def _traces(secret: ClientSecret, text: str) -> list[str]:
    """What of the secret is found in `text`: whole, its random part, or either as bytes."""
    random = secret.text[len(secret.client_id) + 1 :]
    forms = {
        "whole": secret.text,
        "random part": random,
        "start of it": random[:12],
        "end of it": random[-12:],
        "bytes": secret.text.encode().hex(),
        "random bytes": random.encode().hex(),
    }
    return [name for name, form in forms.items() if form in text]


def test_it_is_in_no_column_of_any_table(northwind: Tenant, alice: User, vera: User) -> None:
    secret = _life_of_a_key(northwind, alice, vera)
    rows = dump()
    assert {table for table, found in rows.items() if _traces(secret, "\n".join(found))} == set()
    # The search finds what is there: the public part, as text and as JSON.
    assert any(secret.client_id in row for row in rows["apikeys_apikey"])
    assert any(secret.client_id in row for row in rows["accounts_auditevent"])


def test_it_would_be_found_in_every_kind_of_column(northwind: Tenant) -> None:
    secret = make_key(northwind).secret
    key = ApiKey.objects.filter(client_id=secret.client_id)
    for planted in ({"description": secret.text}, {"verifier": secret.text[25:].encode()}):
        key.update(**planted)
        assert _traces(secret, "\n".join(dump()["apikeys_apikey"]))


def test_it_looks_into_every_table() -> None:
    with as_superuser() as superuser:
        assert set(connection.introspection.table_names()) == set(tables(superuser))


def test_it_is_in_no_log_at_any_level(
    northwind: Tenant, alice: User, vera: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.DEBUG)
    connection.force_debug_cursor = True  # every statement with its parameters
    try:
        with structlog.testing.capture_logs() as structured:
            secret = _life_of_a_key(northwind, alice, vera)
            revoke_key(actor=acting(alice), key=ApiKey.objects.get(client_id=secret.client_id))
            assert isinstance(verify_secret(secret, address=None), Denied)
    finally:
        connection.force_debug_cursor = False
        logging.getLogger("django.db.backends").setLevel(logging.NOTSET)
    said = caplog.text + str(structured)
    assert secret.client_id in said
    assert _traces(secret, said) == []


def test_it_is_in_no_error_when_the_database_fails(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ClientSecret] = []

    def give_secret_and_break_the_key(key: ApiKey) -> ClientSecret:
        made.append(give_secret(key))
        key.secret_prefix = "too long for its column"
        return made[0]

    give_secret = keys._give_secret
    monkeypatch.setattr(keys, "_give_secret", give_secret_and_break_the_key)
    with pytest.raises(DatabaseError) as failed:
        make_key(northwind)
    assert _traces(made[0], f"{failed.value!r} {failed.value.__cause__!r}") == []
    assert _traces(made[0], "\n".join(row for found in dump().values() for row in found)) == []
