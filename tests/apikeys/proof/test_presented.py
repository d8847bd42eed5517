"""Which credential a request presents: the forms, and never two."""

import base64

import pytest

from apikeys.credentials import Peppers, new_client_secret
from apikeys.proof.headers import headers_of
from apikeys.proof.presented import Flawed, given, presented
from apikeys.proof.tokens import issue_token
from tests.apikeys.gateway.asking import basic

SECRET = new_client_secret("dev")
ID, TEXT = SECRET.client_id, SECRET.text
TOKEN = issue_token(ID, 1_800_000_000, Peppers({1: bytes(32)}))
JWT = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln"
FORMS = [
    ("api-key", TEXT),
    ("x-api-key", TEXT),
    ("authorization", f"Bearer {TEXT}"),
    ("authorization", f"bearer  {TEXT}"),
    ("authorization", basic(ID, TEXT)),
    ("authorization", basic(ID, TEXT).replace("Basic", "BASIC")),
]
PASETO = f"Bearer v4.public.{'A' * 86}.{'B' * 20}"
THE_UPSTREAMS = [JWT, "Digest username=x, realm=y", basic("alice", "s3cret"), "Negotiate YII=", "x"]


def ask(*headers: tuple[str, str], signed: bool = False) -> object:
    return presented(given(headers_of(headers)), prefix="dev", foreign_allowed=True, signed=signed)


def flaw(*headers: tuple[str, str], signed: bool = False) -> str:
    with pytest.raises(Flawed) as flawed:
        ask(*headers, signed=signed)
    return flawed.value.code


@pytest.mark.parametrize("header", FORMS)
def test_it_takes_every_form(header: tuple[str, str]) -> None:
    assert ask(header) == SECRET
    assert ask(("api-key", " "), ("authorization", ""), header) == SECRET


def test_it_takes_a_token_as_a_bearer_only() -> None:
    assert ask(("authorization", f"Bearer {TOKEN}")) == TOKEN
    assert flaw(("api-key", TOKEN)) == "credential_malformed"
    assert flaw(("authorization", basic(ID, TOKEN))) == "credential_malformed"


def test_it_takes_a_signature_alone() -> None:
    assert ask(signed=True) is None


@pytest.mark.parametrize("first", FORMS)
@pytest.mark.parametrize("second", [*FORMS, ("authorization", f"Bearer {TOKEN}")])
def test_it_refuses_two(first: tuple[str, str], second: tuple[str, str]) -> None:
    assert flaw(first, second) == "multiple_credentials"
    assert flaw(first, signed=True) == "multiple_credentials"


@pytest.mark.parametrize("name", ["api-key", "x-api-key"])
def test_it_refuses_two_that_arrived_as_one(name: str) -> None:
    assert flaw((name, f"{TEXT}, {TEXT}")) == "multiple_credentials"
    assert flaw(("authorization", f"Bearer {TEXT}, Bearer {TEXT}")) == "multiple_credentials"


@pytest.mark.parametrize("upstreams", [*THE_UPSTREAMS, PASETO])
def test_it_leaves_the_upstreams_authorization_alone(upstreams: str) -> None:
    assert ask(("api-key", TEXT), ("authorization", upstreams)) == SECRET
    assert ask(("authorization", upstreams), signed=True) is None


@pytest.mark.parametrize("upstreams", THE_UPSTREAMS)
def test_it_takes_the_upstreams_authorization_for_no_credential(upstreams: str) -> None:
    assert flaw(("authorization", upstreams)) == "credential_malformed"


def test_it_ignores_spellings_with_underscores() -> None:
    assert flaw(("api_key", TEXT)) == "credential_missing"
    assert flaw(("x_api_key", TEXT)) == "credential_missing"
    assert ask(("api-key", TEXT), ("x_api_key", TEXT)) == SECRET


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (("api-key", ID), "client_id_without_secret"),
        (("authorization", basic(ID, "")), "client_id_without_secret"),
        (("api-key", TEXT[:-1]), "credential_malformed"),
        (("api-key", "é" * 70), "credential_malformed"),
        (("api-key", new_client_secret("prd").text), "wrong_environment"),
        (("authorization", basic("dev_" + "a" * 20, TEXT)), "credential_malformed"),
        (("authorization", basic("", TEXT)), "credential_malformed"),
        (("authorization", "Basic ???"), "credential_malformed"),
        (("authorization", "Basic é"), "credential_malformed"),
        (
            ("authorization", "Basic " + base64.b64encode(b"\xff:\xff").decode()),
            "credential_malformed",
        ),
        (("authorization", "Bearer"), "credential_missing"),
        (("authorization", TEXT), "credential_malformed"),
    ],
)
def test_it_says_what_is_wrong(header: tuple[str, str], code: str) -> None:
    assert flaw(header) == code


def test_it_says_when_there_is_none() -> None:
    assert flaw() == "credential_missing"
    assert flaw(("api-key", ""), ("authorization", " ")) == "credential_missing"
