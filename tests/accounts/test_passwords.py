"""People's passwords."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from accounts.models import User
from portal import settings as configured
from tests.factories import PASSWORD, make_person, signed_in

pytestmark = pytest.mark.django_db


def test_it_hashes_passwords_with_argon2id_as_django_ships_it(settings: object) -> None:
    settings.PASSWORD_HASHERS = configured.PASSWORD_HASHERS  # type: ignore[attr-defined]
    user = make_person()
    assert identify_hasher(user.password).algorithm == "argon2"
    assert user.password.startswith("argon2$argon2id$v=19$m=102400,t=2,p=8$")


def test_the_cast_can_sign_in(client: Client, alice: User) -> None:
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_a_client_that_is_signed_in_is_somebody(alice: User) -> None:
    assert signed_in(alice).session["_auth_user_id"] == str(alice.pk)
