"""A client that openapi-python-client makes of the live document does a client's work."""

import importlib
import subprocess
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from accounts.roles import Role
from apikeys.services.keys import CreatedKey
from tests.factories import make_key, make_tenant
from tests.served_portal import ServedPortal

PACKAGE = "generated_portal_client"
OPERATIONS = {
    "account": ["read_business_unit", "read_self"],
    "keys": ["assign_role", "create_key", "edit_key", "list_keys", "read_key", "revoke_key"],
}


@pytest.fixture
def caller(served_portal: ServedPortal) -> CreatedKey:
    """An admin key."""
    return make_key(make_tenant("Northwind Traders"), role=Role.ADMIN)


@pytest.fixture
def api(
    served_portal: ServedPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The generated package: its operations by name, `models` and `AuthenticatedClient`."""
    generate(f"{served_portal.url}/v1/openapi.json", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module(PACKAGE)
    operations = {
        name: importlib.import_module(f"{PACKAGE}.api.{tag}.{name}").sync_detailed
        for tag, names in OPERATIONS.items()
        for name in names
    }
    models = importlib.import_module(f"{PACKAGE}.models")
    return operations | {"models": models, "AuthenticatedClient": package.AuthenticatedClient}


def generate(url: str, into: Path) -> None:
    """Generate the package; a part of the document that the generator leaves out is an error."""
    configuration = into / "generator.json"
    configuration.write_text('{"post_hooks": []}')  # they would only format it
    run = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--url", url),
            *("--meta", "none", "--output-path", into / PACKAGE, "--config", configuration),
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "warning" not in (run.stdout + run.stderr).lower()


def test_it_creates_lists_changes_and_revokes(
    api: dict[str, Any], served_portal: ServedPortal, caller: CreatedKey
) -> None:
    models = api["models"]
    with api["AuthenticatedClient"](
        served_portal.url, token=caller.secret.text, prefix="", auth_header_name="api-key"
    ) as client:
        until = datetime(2099, 1, 31, 10, tzinfo=UTC)
        wanted = models.KeyCreation(email="till@example.com", name="Till", expiration=until)
        created = api["create_key"](client=client, body=wanted, idempotency_key='"till-1"').parsed
        assert isinstance(created, models.CreatedKey)
        assert created.client_secret.startswith(created.client_id)
        assert created.expiration == until

        listed = api["list_keys"](client=client, role=models.Role.VIEWER).parsed
        assert [key.client_id for key in listed.items] == [created.client_id]

        changed = api["edit_key"](
            created.client_id, client=client, body=models.KeyChanges(name="Till 7")
        ).parsed
        assert (changed.name, changed.email) == ("Till 7", "till@example.com")

        revoked = api["revoke_key"](created.client_id, client=client)
        assert (revoked.status_code, revoked.content) == (HTTPStatus.NO_CONTENT, b"")
        read = api["read_key"](created.client_id, client=client).parsed
        assert (read.status, read.role) == (models.KeyStatus.REVOKED, None)
        assert read.revoked_by.id == caller.key.client_id


def test_it_reads_who_it_is_and_what_is_wrong(
    api: dict[str, Any], served_portal: ServedPortal, caller: CreatedKey
) -> None:
    models = api["models"]
    with api["AuthenticatedClient"](served_portal.url, token=caller.secret.text) as client:
        itself = api["read_self"](client=client).parsed
        assert (itself.client_id, itself.role) == (caller.key.client_id, models.Role.ADMIN)
        assert api["read_business_unit"](client=client).parsed.active_keys == 1

        refused = api["create_key"](client=client, body=models.KeyCreation(email="nobody"))
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert isinstance(refused.parsed, models.Problem)
        assert refused.parsed.code == models.Code.VALIDATION_FAILED
        assert [error.field for error in refused.parsed.errors] == ["email"]
