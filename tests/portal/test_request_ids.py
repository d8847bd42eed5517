"""Each request has an id of ours; the one that its caller gave is kept beside it."""

import re

import pytest
from django.test import Client

from accounts.models import AuditEvent, Tenant, User
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import JSON, KEYS, patch
from tests.factories import signed_in
from tests.written_log import WrittenLog

OURS = re.compile(r"[0-9a-f]{32}")
THEIRS = "from-the-proxy:1"
ODD = (
    "",
    "short",
    "x" * 65,
    "two\nlines of a log",
    "ünicode-id",
    "a b c d e f",
    "<script>",
    "a'b;c--d",
)


@pytest.mark.parametrize("path", ["/livez", "/no/such/page/", "/docs/", KEYS, "/account/"])
def test_no_caller_chooses_our_id(path: str, db: None) -> None:
    answers = [Client().get(path, headers={"X-Request-Id": THEIRS}) for _ in range(2)]
    ids = {answer["X-Request-Id"] for answer in answers}
    assert len(ids) == 2
    assert all(OURS.fullmatch(each) for each in ids)
    assert THEIRS not in answers[0].content.decode()


@pytest.mark.parametrize("path", ["/no/such/page/", KEYS])
def test_each_line_of_a_request_holds_both(path: str, db: None, written: WrittenLog) -> None:
    """So that a person can name the line that explains their error."""
    answer = Client().get(path, headers={"X-Request-Id": THEIRS})
    assert written.lines
    for line in written.lines:
        assert line["request_id"] == answer["X-Request-Id"]
        assert line["caller_request_id"] == THEIRS


def test_a_line_written_early_holds_both_too(written: WrittenLog) -> None:
    """Before anything knows who asks for what."""
    headers = {"X-Request-Id": THEIRS, "host": "elsewhere.example"}
    answer = Client().get("/docs/", headers=headers)
    refused = [line for line in written.lines if line["logger"] == "django.security.DisallowedHost"]
    assert refused
    for line in refused:
        assert (line["request_id"], line["ip"]) == (answer["X-Request-Id"], "127.0.0.1")
        assert line["caller_request_id"] == THEIRS


def test_a_request_that_gives_none_has_none(db: None, written: WrittenLog) -> None:
    """Nor does it get that of the request before."""
    Client().get("/docs/", headers={"X-Request-Id": THEIRS})
    Client().get("/docs/")
    finished = [line for line in written.lines if line["event"] == "request_finished"]
    assert [line.get("caller_request_id") for line in finished] == [THEIRS, None]


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text[:12]))
def test_an_odd_one_is_kept_nowhere(odd: str, admin_key: CreatedKey, written: WrittenLog) -> None:
    """A line of the log must not be forged."""
    client = Client(headers={"api-key": admin_key.secret.text})
    answer = patch(client, admin_key, {"name": "Till"}, **{"X-Request-Id": odd})
    assert OURS.fullmatch(answer["X-Request-Id"])
    assert AuditEvent.objects.latest("pk").caller_request_id == ""
    assert all("caller_request_id" not in line for line in written.lines)


def test_an_event_holds_both(admin_key: CreatedKey) -> None:
    client = Client(headers={"api-key": admin_key.secret.text})
    answer = patch(client, admin_key, {"name": "Till"}, **{"X-Request-Id": THEIRS})
    event = AuditEvent.objects.latest("pk")
    assert (event.request_id, event.caller_request_id) == (answer["X-Request-Id"], THEIRS)


def test_an_event_outside_of_a_request_holds_none(northwind: Tenant) -> None:
    event = AuditEvent.objects.earliest("pk")
    assert (event.request_id, event.caller_request_id) == ("", "")


def test_an_operator_finds_an_event_by_either(oscar: User, admin_key: CreatedKey) -> None:
    client = Client(headers={"api-key": admin_key.secret.text})
    given = {"X-Request-Id": THEIRS}
    answer = client.patch(
        f"{KEYS}/{admin_key.key.client_id}", {"name": "Till"}, content_type=JSON, headers=given
    )
    event = AuditEvent.objects.latest("pk")
    for text in (THEIRS, answer["X-Request-Id"]):
        page = signed_in(oscar).get("/ops/accounts/auditevent/", {"q": text}).content.decode()
        assert re.findall(r"auditevent/(\d+)/change/", page) == [str(event.pk)]
    shown = signed_in(oscar).get(f"/ops/accounts/auditevent/{event.pk}/change/").content.decode()
    assert THEIRS in shown
