"""A new pepper: old keys keep working and move over when they are used."""

from collections.abc import Iterator

import pytest
from django.core import checks
from django.test import override_settings
from pytest_django import DjangoAssertNumQueries

from apikeys.models import ApiKey
from apikeys.proof.decide import PepperMissing
from apikeys.proof.use_log import UseLog
from apikeys.proof.verify import Denied, Passed, verify_secret
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from tests.factories import PLATFORM, let_expire, make_key

pytestmark = pytest.mark.django_db

NEW = b"n" * 32


@pytest.fixture
def rotated(payroll: CreatedKey, settings: object) -> Iterator[CreatedKey]:
    """Northwind's key, made under pepper 1, after pepper 2 was added."""
    assert payroll.key.pepper_number == 1
    peppers = {**settings.API_KEY_PEPPERS, 2: NEW}  # type: ignore[attr-defined]
    with override_settings(API_KEY_PEPPERS=peppers):
        configured_peppers.cache_clear()
        yield payroll
    configured_peppers.cache_clear()


def test_it_moves_a_verifier_to_the_new_pepper_when_its_key_passes(
    rotated: CreatedKey, uses: UseLog, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert isinstance(verify_secret(rotated.secret, address=None), Passed)
    uses.flush()
    key = ApiKey.objects.get(pk=rotated.key.pk)
    assert key.stored_verifier == configured_peppers().verifier(rotated.secret, 2)
    assert key.version == 1
    assert isinstance(verify_secret(rotated.secret, address=None), Passed)


def test_it_makes_new_keys_under_the_new_pepper(rotated: CreatedKey) -> None:
    assert make_key(rotated.key.tenant).key.pepper_number == 2


@pytest.mark.parametrize("end", ["wrong secret", "expired", "revoked"])
def test_it_moves_nothing_for_a_credential_that_does_not_pass(
    end: str, rotated: CreatedKey, uses: UseLog
) -> None:
    secret = rotated.secret
    match end:
        case "wrong secret":
            secret = type(secret)(secret.client_id, secret.text[::-1])
        case "expired":
            let_expire(rotated.key)
        case _:
            revoke_key(actor=PLATFORM, key=rotated.key)
    assert isinstance(verify_secret(secret, address=None), Denied)
    uses.flush()
    rotated.key.refresh_from_db()
    assert rotated.key.pepper_number == (None if end == "revoked" else 1)


def test_it_says_nothing_of_a_key_whose_pepper_was_taken_away(rotated: CreatedKey) -> None:
    with override_settings(API_KEY_PEPPERS={2: NEW}):
        configured_peppers.cache_clear()
        with pytest.raises(PepperMissing):
            verify_secret(rotated.secret, address=None)


def test_it_finds_a_missing_pepper_before_it_serves(rotated: CreatedKey) -> None:
    with override_settings(API_KEY_PEPPERS={2: NEW}):
        found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    assert [message.id for message in found if message.id == "portal.E001"] == ["portal.E001"]
