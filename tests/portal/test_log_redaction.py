"""What looks like a secret is taken out of every log line."""

import base64
import json
import logging
import sys
from typing import Any, NamedTuple

import pytest
import structlog

from apikeys.credentials import Peppers, Verifier, new_client_secret
from apikeys.proof.tokens import issue_token
from portal.logs import REDACTED, logging_config, redact

SECRET = new_client_secret("prd")
RANDOM = SECRET.text[len(SECRET.client_id) + 1 :]


def _redacted(**event: Any) -> str:
    return json.dumps(redact(None, "info", event))


@pytest.mark.parametrize(
    "message",
    [
        "{}",
        "refused {} from somewhere",
        "POST /v1/api-key/keys?key={}&x=1",
        "{{'api': '{}'}}",
        'curl -H "api-key: {}"',
        "{0} and {0}",
        "ValueError: {}\n  File 'x.py'",
    ],
)
def test_it_takes_secrets_out_of_texts_and_leaves_the_client_id(message: str) -> None:
    said = _redacted(event=message.format(SECRET.text))
    assert RANDOM[:8] not in said
    assert f"{SECRET.client_id}_{REDACTED}" in said


def test_it_takes_out_a_secret_as_a_url_writes_it() -> None:
    assert RANDOM[:8] not in _redacted(path=f"/docs/?key={SECRET.text.replace('_', '%5F')}")


@pytest.mark.parametrize("left", [8, 20, 43, 48])
def test_it_takes_out_a_secret_that_was_cut(left: int) -> None:
    assert RANDOM[:left] not in _redacted(event=f"got {SECRET.client_id}_{RANDOM[:left]}")


def test_it_looks_into_dictionaries_and_lists() -> None:
    said = _redacted(headers={"x": [{"y": (SECRET.text, "kept")}]}, n=1, none=None)
    assert RANDOM not in said
    assert "kept" in said


@pytest.mark.parametrize(
    "name",
    [
        "client_secret",
        "password",
        "new_password1",
        "Authorization",
        "HTTP_API_KEY",
        "api-key",
        "X-API-Key",
        "access_token",
        "csrfmiddlewaretoken",
        "Cookie",
        "API_KEY_PEPPERS",
    ],
)
def test_it_takes_out_whatever_stands_under_a_telling_name(name: str) -> None:
    assert redact(None, "info", {name: "anything", "deep": {name: ["anything"]}}) == {
        name: REDACTED,
        "deep": {name: REDACTED},
    }


@pytest.mark.parametrize("scheme", ["Basic", "Bearer", "bearer", "BASIC"])
def test_it_takes_out_authorization_values_in_texts(scheme: str) -> None:
    value = base64.b64encode(f"{SECRET.client_id}:{SECRET.text}".encode()).decode()
    said = _redacted(event=f"Authorization: {scheme} {value}")
    assert value not in said
    assert f"{scheme} {REDACTED}" in said


@pytest.mark.parametrize("text", ["?access_token={}", "cannot use {}", "{}", "/a/{}/b"])
def test_it_takes_access_tokens_out_of_texts(text: str) -> None:
    token = issue_token(SECRET.client_id, 1_800_000_000, Peppers({1: bytes(32)}))
    said = _redacted(event=text.format(token))
    assert token.rpartition(".")[2] not in said
    assert SECRET.client_id in said


def test_it_leaves_everything_else_alone() -> None:
    event = {
        "event": f"key {SECRET.client_id} revoked by usr_{'a' * 20}",
        "status": 200,
        "path": f"/account/acct_{'B' * 20}/keys/{SECRET.client_id}/delete",
    }
    assert redact(None, "info", event) == event


@pytest.fixture
def written() -> logging.LogRecord:
    """A record of an error whose text and arguments hold the secret."""
    try:
        raise ValueError(f"cannot use {SECRET.text}")
    except ValueError:
        return logging.LogRecord(
            "x", logging.ERROR, "x.py", 1, "broken by %s", (SECRET.text,), sys.exc_info()
        )


@pytest.mark.parametrize("as_json", [True, False])
def test_it_takes_secrets_out_of_messages_and_tracebacks_of_other_libraries(
    as_json: bool, written: logging.LogRecord
) -> None:
    formatter = logging_config("DEBUG", as_json=as_json)["formatters"]["structured"]
    make = formatter.pop("()")
    line = make(**formatter).format(written)
    assert "broken by" in line
    assert "cannot use" in line
    assert RANDOM[:8] not in line


@pytest.mark.parametrize(
    "value",
    [SECRET.text.encode(), ValueError(SECRET.text), {SECRET.text}],
    ids=["bytes", "exception", "set"],
)
def test_it_takes_secrets_out_of_values_that_are_no_text(value: object) -> None:
    assert RANDOM[:8] not in str(redact(None, "info", {"event": "x", "value": value}))


def test_it_shows_of_what_proves_a_secret_only_what_that_shows() -> None:
    verifier = Peppers({1: b"1" * 32}).verifier(SECRET)
    for value in (verifier, [verifier], Passing(SECRET.text, verifier)):
        said = _redacted(value=value)
        assert "pepper_number=1" in said
        assert RANDOM[:8] not in said
        assert verifier.digest.hex() not in said
        assert str(verifier.digest)[2:-1] not in said


class Passing(NamedTuple):
    """A tuple that shows all it holds."""

    text: str
    verifier: Verifier


def test_it_takes_secrets_out_of_our_own_lines_before_any_handler_sees_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    structlog.get_logger("x").error("refused", text=SECRET.text, client_secret="anything")
    (record,) = caplog.records
    event: Any = record.msg
    assert event["text"] == f"{SECRET.client_id}_{REDACTED}"
    assert event["client_secret"] == REDACTED
    formatter = logging_config("DEBUG", as_json=True)["formatters"]["structured"]
    line = json.loads(formatter.pop("()")(**formatter).format(record))
    assert line["text"] == f"{SECRET.client_id}_{REDACTED}"


@pytest.mark.parametrize("text", ["/invitation/x", "/INVITATION/x", "Basic 12345678"])
def test_the_shortest_secret_texts_are_found(text: str) -> None:
    assert REDACTED in _redacted(event=text)


def test_a_line_that_nobody_writes_is_not_made() -> None:
    class Loud:
        def __str__(self) -> str:
            raise AssertionError("looked at for a line below the level")

    structlog.get_logger("x").debug("unheard", value=Loud())
