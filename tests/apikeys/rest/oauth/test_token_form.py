"""What a token is made of, and that nobody else can make one."""

import base64
import re

import pytest
from django.test import Client

from apikeys.credentials import Peppers
from apikeys.proof.tokens import LIFETIME, AccessToken, issue_token, read_token
from apikeys.services.keys import CreatedKey
from apikeys.services.peppers import configured_peppers
from tests.apikeys.rest.canonical.calls import SELF, problem
from tests.apikeys.rest.oauth.calls import bearing, token_of

OLD, NEW = bytes(32), bytes([1]) * 32
CLIENT_ID = "dev_0123456789ABCDEFGHIJ"
NOW = 1_800_000_000
FORM = re.compile(r"dev_[0-9A-Za-z]{20}\.[0-9]{10}\.1\.[0-9A-Za-z_-]{43}")


def test_it_names_client_id_expiry_and_pepper(payroll: CreatedKey) -> None:
    assert FORM.fullmatch(token_of(payroll))


def test_it_reads_what_it_issued() -> None:
    token = issue_token(CLIENT_ID, NOW, peppers := Peppers({1: OLD}))
    assert read_token(token, peppers) == AccessToken(CLIENT_ID, NOW + LIFETIME)


def test_an_old_peppers_token_passes_while_the_pepper_is_kept() -> None:
    token = issue_token(CLIENT_ID, NOW, Peppers({1: OLD}))
    assert read_token(token, Peppers({1: OLD, 2: NEW})) is not None
    assert read_token(token, Peppers({2: NEW})) is None
    assert ".2." in issue_token(CLIENT_ID, NOW, Peppers({1: OLD, 2: NEW}))


def test_another_pepper_under_the_same_number_does_not_make_it() -> None:
    assert read_token(issue_token(CLIENT_ID, NOW, Peppers({1: NEW})), Peppers({1: OLD})) is None


def test_its_key_is_for_tokens_alone() -> None:
    """The pepper itself, which makes verifiers, makes no token."""
    token = issue_token(CLIENT_ID, NOW, peppers := Peppers({1: OLD}))
    text, _, mac = token.rpartition(".")
    assert mac not in {
        _text(peppers.derived_mac(purpose, text.encode(), 1)) for purpose in (b"", b"access-token")
    }


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize("part", range(4))
def test_it_refuses_a_token_with_any_part_changed(part: int, payroll: CreatedKey) -> None:
    parts = token_of(payroll).split(".")
    last = parts[part][0 if part == 3 else -1]
    changed = "B" if last != "B" else "C"
    parts[part] = {
        0: parts[0][:-1] + changed,
        1: str(int(parts[1]) + LIFETIME),
        2: "2",
        3: changed + parts[3][1:],
    }[part]
    problem(bearing(".".join(parts)).get(SELF), 401, "credential_malformed")


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token + "=",
        lambda token: token.replace(".1.", ".01."),
        lambda token: token.replace(".1.", ".99999."),
        lambda token: token.replace(".1.", ".\u0661."),  # a digit elsewhere
        lambda token: token + "\n",
        lambda token: ".".join(["a"] * 4),
        lambda token: token + "." + token,
    ],
)
def test_it_refuses_every_other_form(change: object) -> None:
    token = issue_token(CLIENT_ID, NOW, peppers := Peppers({1: OLD}))
    assert callable(change)
    assert read_token(change(token), peppers) is None


def test_one_token_has_one_spelling() -> None:
    """The last character of 43 carries two bits too many: another in its place is another token."""
    token = issue_token(CLIENT_ID, NOW, peppers := Peppers({1: OLD}))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [c for c in alphabet if read_token(token[:-1] + c, peppers)] == [token[-1]]


def test_a_token_for_a_key_that_never_was_is_refused(db: None) -> None:
    token = issue_token(CLIENT_ID, 4_000_000_000, configured_peppers())
    problem(bearing(token).get(SELF), 401, "unauthenticated")


def test_a_token_is_no_password(payroll: CreatedKey, token: str) -> None:
    answer = Client(headers={"Authorization": f"Basic {token}"}).get(SELF)
    problem(answer, 401, "credential_malformed")
