"""What the database did not confirm is never answered as done."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from django.test import Client

from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical import calls as canonical
from tests.apikeys.rest.merchant import calls as merchant
from tests.database_roles import as_superuser

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("api", [canonical, merchant], ids=["canonical", "merchant"]),
]

AT_COMMIT = """CONSTRAINT TRIGGER fail AFTER INSERT OR UPDATE ON apikeys_apikey
    DEFERRABLE INITIALLY DEFERRED"""
AT_THE_EVENT = "TRIGGER fail BEFORE INSERT ON accounts_auditevent"


@contextmanager
def failing(trigger: str, error: str = "disk_full") -> Iterator[None]:
    """Let the database fail where the trigger fires, until the end."""
    with as_superuser() as superuser:
        superuser.execute(f"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{error}'; END $$;
            CREATE {trigger} FOR EACH ROW EXECUTE FUNCTION fail()
        """)
        try:
            yield
        finally:
            superuser.execute("DROP FUNCTION fail() CASCADE")


def told(api: ModuleType, response: canonical.Answer, code: str) -> str:
    """What the caller reads; the merchant API has one code for every failure."""
    assert response["Retry-After"]
    if api is merchant:
        return merchant.fault(response, 503, "HE_00")
    return str(canonical.problem(response, 503, code)["detail"])


def test_a_failing_commit_is_an_unknown_outcome_and_never_done(
    api: ModuleType, admin: Client, payroll: CreatedKey
) -> None:
    with failing(AT_COMMIT):
        response = admin.delete(api.address(payroll))
    assert "did not confirm" in told(api, response, "outcome_unknown")
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None


def test_a_commit_that_waited_for_a_lock_in_vain_has_changed_nothing(
    api: ModuleType, admin: Client, payroll: CreatedKey
) -> None:
    with failing(AT_COMMIT, "lock_not_available"):
        response = admin.delete(api.address(payroll))
    assert "did not confirm" not in told(api, response, "busy")
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None


def test_a_failing_commit_shows_no_secret(api: ModuleType, admin: Client, url: str) -> None:
    keys = url if api is merchant else canonical.KEYS
    with failing(AT_COMMIT):
        response = admin.post(keys, api.CREATE, content_type=canonical.JSON)
    assert "did not confirm" in told(api, response, "outcome_unknown")
    assert b"secret" not in response.content
    assert ApiKey.objects.count() == 1


def test_an_action_without_its_audit_event_does_not_happen(
    api: ModuleType, admin: Client, payroll: CreatedKey, caplog: pytest.LogCaptureFixture
) -> None:
    with failing(AT_THE_EVENT):
        response = admin.delete(api.address(payroll))
    assert "Nothing was changed" in told(api, response, "unavailable")
    assert ApiKey.objects.get(pk=payroll.key.pk).revoked_at is None
    assert "database_failed" in caplog.text
