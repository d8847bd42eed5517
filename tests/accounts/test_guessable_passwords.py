"""Which passwords are refused because somebody would guess them."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import Invitation, Tenant, User
from accounts.roles import Role
from accounts.services.invitations import invite_member
from tests.factories import acting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("passwordpassword", "repeats itself"),
        ("letmein letmein letmein", "repeats itself"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "repeats itself"),
        ("a" * 5000, "repeats itself"),
        ("abcdefghijklmnopqrst", "follows the alphabet"),
        ("987654321098765", "follows the alphabet or the numbers"),
        ("tyuiop[]asdfghjkl;", "rows of a keyboard"),
        ("qwertyuiopasdfghjkl", "rows of a keyboard|most common passwords"),
        ("qwertzuiopasdfghjklyxcvbnm", "rows of a keyboard"),
        ("mlkjhgfdsqpoiuytreza", "rows of a keyboard"),
        ("ЙцукенгшщзхъФывапролджэ", "rows of a keyboard"),
        ("1qaz2wsx3edc4rfv", "most common passwords"),
        ("ｐａｓｓｗｏｒｄ1234567", "most common passwords"),
        ("API key portal 2026", "name of the account or product"),
        ("NorthwindTraders1", "name of the account or product"),
        ("alice@example.com1", "your name, your email"),
    ],
)
def test_it_refuses_what_is_guessed_easily_and_says_why(
    password: str, because: str, northwind: Tenant, alice: User
) -> None:
    with pytest.raises(ValidationError, match=because):
        validate_password(password, alice)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "zebra-quilt-amber-7",
        "Wie tief ist der Bodensee",
        "夏の雨が静かに降る港町の夜に歩く",
        "vK9!xTq2@mZr7#p",
        "%&x)=?§[9_-;}+:~^",
    ],
)
def test_it_takes_any_long_password_without_rules_of_composition(
    password: str, alice: User
) -> None:
    validate_password(password, alice)


def test_it_knows_the_account_that_a_newcomer_is_invited_to(northwind: Tenant, alice: User) -> None:
    sent: Invitation = invite_member(
        actor=acting(alice), tenant=northwind, email="ida@example.com", role=Role.GL
    )
    newcomer = User(email=sent.email, name="Ida Holm")
    for password in ("Northwind Traders 1", "Ida-Holm-4711-x"):
        with pytest.raises(ValidationError, match="your name"):
            validate_password(password, newcomer)
