"""What is wrong with a credential itself is said plainly, and the secret goes to no log."""

import logging
from base64 import b64encode

import pytest
from django.test import Client

from apikeys.credentials import new_client_secret
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import SELF, problem

CLIENT_ID = "dev_0123456789ABCDEFGHIJ"
OURS = new_client_secret("dev").text
OURS_ID = OURS.rpartition("_")[0]
OTHERS = new_client_secret("prd").text
CUT = OURS[:-1]
MISTYPED = OURS[:-1] + ("a" if OURS[-1] != "a" else "b")


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "credential_missing"),
        ({"api-key": ""}, "credential_missing"),
        ({"api-key": "hello"}, "credential_malformed"),
        ({"api-key": CUT}, "credential_malformed"),
        ({"api-key": MISTYPED}, "credential_malformed"),
        ({"api-key": OURS + "\u00e9"}, "credential_malformed"),
        ({"api-key": "x" * 70_000}, "credential_malformed"),
        ({"api-key": CLIENT_ID}, "client_id_without_secret"),
        ({"api-key": OTHERS}, "wrong_environment"),
        ({"Authorization": OURS}, "credential_malformed"),
        ({"Authorization": "Bearer"}, "credential_missing"),
        ({"Authorization": basic("", "")}, "credential_missing"),
        ({"api-key": "\u00a0"}, "credential_malformed"),
        ({"api-key": "\u200b"}, "credential_malformed"),
        ({"api-key": "\u00a0" + OURS}, "credential_malformed"),
        ({"Authorization": f"Bearer \u00a0{OURS}"}, "credential_malformed"),
        ({"Authorization": f"Bearer\u00a0{OURS}"}, "credential_malformed"),
        ({"Authorization": basic(OURS_ID, OURS + "\u200b")}, "credential_malformed"),
        ({"Authorization": f"Bearer {MISTYPED}"}, "credential_malformed"),
        ({"Authorization": f"Bearer {CLIENT_ID}"}, "client_id_without_secret"),
        ({"Authorization": f"Bearer {OTHERS}"}, "wrong_environment"),
        ({"Authorization": 'Digest username="x", realm="y"'}, "credential_malformed"),
        ({"Authorization": "Basic \u00e9"}, "credential_malformed"),
        ({"Authorization": "Basic !!!"}, "credential_malformed"),
        ({"Authorization": "Basic /w=="}, "credential_malformed"),
        ({"Authorization": basic(OURS, "")}, "unauthenticated"),  # no key has this secret
        ({"Authorization": basic(MISTYPED, "")}, "credential_malformed"),
        ({"Authorization": basic("", OURS)}, "credential_malformed"),
        ({"Authorization": basic(CLIENT_ID, "")}, "client_id_without_secret"),
        ({"Authorization": basic(CLIENT_ID, OURS)}, "credential_malformed"),
        # A lenient reader would leave the stray character out.
        ({"Authorization": basic(OURS_ID, OURS) + "!"}, "credential_malformed"),
    ],
)
def test_it_says_what_is_wrong_with_the_request(
    db: None, headers: dict[str, str], code: str
) -> None:
    response = Client().get(SELF, headers=headers)
    problem(response, 401, code)
    assert response["WWW-Authenticate"] == 'Bearer realm="API keys", Basic realm="API keys"'


@pytest.mark.parametrize("space", ["\u00a0", "\u200b", "\u2060"])
def test_it_says_that_something_invisible_was_pasted(space: str) -> None:
    answer = Client().get(SELF, headers={"api-key": space + OURS})
    assert "invisible" in problem(answer, 401, "credential_malformed")["detail"]


def test_it_says_how_basic_names_a_key() -> None:
    answer = Client().get(SELF, headers={"Authorization": basic(CLIENT_ID, OURS)})
    assert "client ID as user" in problem(answer, 401, "credential_malformed")["detail"]


def test_it_asks_no_database_about_a_malformed_credential() -> None:
    # Without the fixture `db` a query raises.
    problem(Client().get(SELF, headers={"api-key": MISTYPED}), 401, "credential_malformed")


@pytest.mark.parametrize(
    "headers",
    [
        {"api-key": MISTYPED},
        {"api-key": CUT},
        {"api-key": f"{OURS}, {OURS}"},
        {"Authorization": f"Bearer {MISTYPED}"},
        {"Authorization": basic(CLIENT_ID, OURS)},
        {"X-API-Key": OTHERS},
    ],
)
def test_it_logs_the_refusal_without_any_of_the_secret(
    db: None, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    caplog.set_level(logging.DEBUG)
    Client().get(SELF, headers=headers)
    assert "credential_refused" in caplog.text
    assert_no_secret(caplog.text)


def test_it_logs_a_secret_in_the_address_without_it(
    payroll: CreatedKey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Client().get(SELF, query_params={"api_key": payroll.secret.text})
    assert "credential_in_url" in caplog.text
    assert payroll.secret.text[25:] not in caplog.text


def assert_no_secret(log: str) -> None:
    for secret in (OURS, OTHERS):
        assert secret[25:60] not in log
    assert b64encode(OURS.encode()).decode()[40:60] not in log
