"""Bodies are JSON objects in UTF-8, each name once, small and flat."""

import json

import pytest
from django.test import Client

from apikeys.models import ApiKey
from apikeys.rest.requests import BODY_MAX, DEPTH_MAX
from tests.apikeys.rest.canonical.calls import CREATE, KEYS, invalid, post, problem

BODY = json.dumps(CREATE).encode()


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (b" ", {"": "malformed"}),
        (b"{", {"": "malformed"}),
        (b"{'email': 'a@b.example'}", {"": "malformed"}),
        (BODY + b"x", {"": "malformed"}),
        (b"\xef\xbb\xbf\xef\xbb\xbf" + BODY, {"": "malformed"}),
        (b'{"email": "\xff"}', {"": "malformed"}),
        (BODY.decode().encode("utf-16"), {"": "malformed"}),
        (b'{"email": NaN}', {"": "malformed"}),
        (b'{"email": -Infinity}', {"": "malformed"}),
        (b'{"email": ' + b"9" * 5000 + b"}", {"": "malformed"}),
        (b'{"email": 1e999}', {"email": "invalid"}),
        (b'{"email": "a\nb@example.com"}', {"": "malformed"}),
        (b"[]", {"": "not_an_object"}),
        (b"null", {"": "not_an_object"}),
        (b'"text"', {"": "not_an_object"}),
        (b'{"email": "a@b.example", "email": "a@b.example"}', {"email": "repeated"}),
        (b'{"x": {"y": 1, "y": 2}}', {"y": "repeated"}),
        (b'{"email": "a@b.example", "\\u0065mail": "c@d.example"}', {"email": "repeated"}),
        (b'{"email": "\\ud800"}', {"email": "invalid_text"}),
        (b'{"email": "\\udc00\\ud800"}', {"email": "invalid_text"}),
        (b'{"email": "a@b.example", "name": "\\u0000"}', {"name": "invalid_text"}),
        (b'{"\\ud800": 1}', {"\ud800": "invalid_text"}),
        (b'{"x": [{"y": "\\ud800"}]}', {"x": "invalid_text"}),
        (b"[" * 5000, {"": "too_deep"}),
        (b'{"x":' * 2000 + b"1" + b"}" * 2000, {"": "too_deep"}),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), {"": "too_deep"}),
        (b"[" * DEPTH_MAX + b"]" * DEPTH_MAX, {"": "not_an_object"}),
    ],
)
def test_it_refuses_what_is_no_plain_json_object(
    admin: Client, body: bytes, errors: dict[str, str]
) -> None:
    keys = ApiKey.objects.count()
    assert invalid(post(admin, body)) == errors
    assert ApiKey.objects.count() == keys


def test_brackets_within_a_string_are_no_depth(admin: Client) -> None:
    assert post(admin, CREATE | {"name": '[[[[[[[[[["\\'}).status_code == 201


def test_a_surrogate_pair_is_a_character(admin: Client) -> None:
    created = post(admin, b'{"email": "a@b.example", "name": "\\ud83d\\ude00"}')
    assert created.json()["name"] == "\U0001f600"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/problem+json",
        "text/json",
    ],
)
def test_it_refuses_another_media_type(admin: Client, content_type: str) -> None:
    response = admin.generic("POST", KEYS, BODY, content_type=content_type)
    problem(response, 415, "unsupported_media_type")


def test_it_refuses_a_request_without_a_body(admin: Client) -> None:
    problem(admin.generic("POST", KEYS), 415, "unsupported_media_type")


def test_it_refuses_a_compressed_body(admin: Client) -> None:
    response = admin.post(
        KEYS, BODY, content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["; charset=utf-8", ';charset="UTF-8"', " "])
def test_it_takes_utf_8_by_its_name(admin: Client, charset: str) -> None:
    response = admin.generic("POST", KEYS, BODY, content_type=f"application/json{charset}")
    assert response.status_code == 201


@pytest.mark.parametrize("size", [BODY_MAX + 1, 200 * 1024])
def test_it_refuses_a_large_body(admin: Client, size: int) -> None:
    problem(post(admin, BODY + b" " * (size - len(BODY))), 413, "body_too_large")


def test_it_takes_a_body_of_the_largest_size(admin: Client) -> None:
    assert post(admin, BODY + b" " * (BODY_MAX - len(BODY))).status_code == 201


def test_it_names_a_bounded_number_of_errors(admin: Client) -> None:
    many = {f"x{n}": 1 for n in range(500)}
    assert len(problem(post(admin, many), 422, "validation_failed")["errors"]) == 20


def test_a_byte_order_mark_is_passed_over(admin: Client) -> None:
    """RFC 8259, 8.1. Programs on Windows write one."""
    body = b"\xef\xbb\xbf" + BODY
    assert admin.post(KEYS, body, content_type="application/json").status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity", "GZIP"])
def test_it_names_the_encoding_of_a_body_that_it_does_not_read(
    encoding: str, admin: Client
) -> None:
    headers = {"Content-Encoding": encoding}
    answer = admin.post(KEYS, BODY, content_type="application/json", headers=headers)
    assert encoding.lower() in problem(answer, 415, "unsupported_media_type")["detail"]


def test_identity_is_no_encoding(admin: Client) -> None:
    headers = {"Content-Encoding": "Identity"}
    answer = admin.post(KEYS, BODY, content_type="application/json", headers=headers)
    assert answer.status_code == 201


def test_a_reading_request_takes_no_body(admin: Client) -> None:
    assert admin.generic("GET", KEYS, b"{}", content_type="application/json").status_code == 200
    response = admin.generic("GET", KEYS, b"[]", content_type="application/json")
    assert invalid(response) == {"": "unexpected_body"}


def test_creating_takes_no_query(admin: Client) -> None:
    response = admin.post(f"{KEYS}?role=admin", BODY, content_type="application/json")
    assert invalid(response) == {"role": "unknown_field"}
