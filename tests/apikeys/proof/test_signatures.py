"""Signed requests: which signatures are taken, and that nothing signed can be changed."""

import base64
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from apikeys.credentials import new_client_secret, parse_client_secret, signing_public_key
from apikeys.pages import docs
from apikeys.proof import signatures
from apikeys.proof.signatures import (
    HEADERS_MAX,
    BadSignature,
    Signature,
    SignedRequest,
    checked_signature,
    is_signed,
)
from tests.apikeys.gateway.signing import BODY, DIGEST, Signed
from tests.served_gateway import ORIGIN

VECTOR = Path(docs.__file__).parent / "signing_examples" / "vector.txt"
SECRET = new_client_secret("dev")
GET = Signed(SECRET)
DELETE = Signed(SECRET, "DELETE")
POST = Signed(SECRET, "POST").with_digest()
UNCOVERED = Signed(SECRET, "POST", headers=(("content-digest", DIGEST),))


def find(client_id: str) -> bytes | None:
    return signing_public_key(SECRET) if client_id == SECRET.client_id else None


def checked(request: SignedRequest, now: float | None = None) -> Signature:
    return checked_signature(request, time() if now is None else now, find)


def bad(request: SignedRequest, now: float | None = None) -> tuple[str, str]:
    with pytest.raises(BadSignature) as error:
        checked(request, now)
    assert error.value.detail
    return error.value.code, error.value.detail.partition(" ")[0]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_it_takes_a_signature_without_a_body(method: str) -> None:
    signed = Signed(SECRET, method).but(nonce="n" * 64, created=1_800_000_000)
    answer = checked(signed.request(), 1_800_000_000)
    assert answer == Signature(SECRET.client_id, 1_800_000_000, "n" * 64)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "BREW"])
def test_it_wants_a_digest_with_every_other_method(method: str) -> None:
    checked(Signed(SECRET, method).with_digest().request())
    assert bad(Signed(SECRET, method).request())[0] == "signature_invalid"


def test_it_wants_the_digest_covered() -> None:
    assert bad(UNCOVERED.request())[0] == "signature_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": None},
        {"tag": "another"},
        {"alg": None},
        {"alg": "hmac-sha256"},
        {"created": None},
        {"created": "now"},
        {"keyid": None},
        {"keyid": "nobody"},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": "n" * 65},
        {"nonce": 7},
        {"other": "parameter"},
    ],
    ids=str,
)
def test_it_takes_no_other_parameters(changes: dict[str, Any]) -> None:
    code, first = bad(GET.but(**changes).request())
    assert (code, first) in {("signature_invalid", "Send"), ("signature_invalid", "The")}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tag": "another"}, "parameter tag"),
        ({"alg": None}, "parameter alg"),
        ({"created": None}, "parameter created"),
        ({"nonce": "n" * 65}, "parameter nonce"),
    ],
)
def test_it_names_the_part_that_is_wrong(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSignature) as refused:
        checked(GET.but(**changes).request())
    assert said in refused.value.detail


def test_it_names_what_the_signature_leaves_out_and_the_origin_that_it_expects() -> None:
    with pytest.raises(BadSignature) as refused:
        checked(Signed(SECRET, covered=("@method",)).request())
    assert refused.value.detail.startswith('The signature does not cover "@target-uri". ')
    with pytest.raises(BadSignature) as refused:
        checked(replace(GET.request(), url="https://elsewhere.example/v1/api-key/self"))
    assert '"@target-uri" starts with https://elsewhere.example.' in refused.value.detail


@pytest.mark.parametrize("covered", [("@method",), ("@target-uri",), (), ("@method", "@path")])
def test_it_wants_method_and_address_covered(covered: tuple[str, ...]) -> None:
    signed = Signed(SECRET, covered=tuple(name for name in covered if name != "@path"))
    assert bad(signed.request())[0] == "signature_invalid"


@pytest.mark.parametrize(("age", "good"), [(-6, False), (-5, True), (300, True), (301, False)])
def test_it_takes_no_signature_of_another_time(age: int, good: bool) -> None:
    request = GET.but(created=1_800_000_000).request()
    if good:
        checked(request, 1_800_000_000 + age)
    else:
        assert bad(request, 1_800_000_000 + age)[0] == "signature_expired"


def test_it_honours_an_earlier_end() -> None:
    request = GET.but(created=1_800_000_000, expires=1_800_000_010).request()
    checked(request, 1_800_000_010)
    assert bad(request, 1_800_000_011)[0] == "signature_expired"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "HEAD"},
        {"url": f"{ORIGIN}/payments?page=3"},
        {"url": f"{ORIGIN}/payments"},
        {"url": "https://other.example.com/payments?page=2"},
        {"url": "http://api.example.com/payments?page=2"},
    ],
    ids=str,
)
def test_it_sees_a_changed_request(change: dict[str, Any]) -> None:
    assert bad(GET.request(**change)) == ("signature_invalid", "The")


def test_it_sees_a_changed_digest() -> None:
    pairs = tuple((n, v.replace("X48", "Y48")) for n, v in POST.pairs())
    assert bad(POST.request(header_pairs=pairs)) == ("signature_invalid", "The")


def test_it_sees_a_changed_body_where_it_is_known() -> None:
    checked(POST.request(BODY))
    for body in (BODY + b" ", b""):
        assert bad(POST.request(body)) == ("signature_invalid", "The")
    assert bad(GET.request(BODY))[0] == "signature_invalid"
    checked(GET.request(b""))


def test_it_refuses_a_body_of_a_delete_though_signed() -> None:
    assert bad(DELETE.with_digest().request(BODY))[0] == "signature_invalid"
    checked(DELETE.request(b""))


def test_it_tells_an_unknown_key_from_a_wrong_signature_by_nothing() -> None:
    unknown, wrong = new_client_secret("dev"), new_client_secret("dev")
    told = []
    for signed in (Signed(unknown), Signed(wrong).but(keyid=SECRET.client_id)):
        with pytest.raises(BadSignature) as error:
            checked(signed.request())
        told.append((error.value.code, error.value.detail))
    assert told[0] == told[1]


@pytest.mark.parametrize("ahead", [True, False])
def test_it_takes_one_signature_only(ahead: bool) -> None:
    first, second = GET.pairs("sig1"), GET.pairs("sig2")
    both = [*first, *second] if ahead else [*second, *first]
    assert bad(GET.request(header_pairs=tuple(both)))[0] == "signature_invalid"
    joined = tuple((a[0], f"{a[1]}, {b[1]}") for a, b in zip(first, second, strict=True))
    assert bad(GET.request(header_pairs=joined))[0] == "signature_invalid"


@pytest.mark.parametrize("missing", ["signature", "signature-input"])
def test_it_takes_no_half_of_a_signature(missing: str) -> None:
    pairs = tuple(pair for pair in GET.pairs() if pair[0] != missing)
    assert is_signed([name for name, _ in pairs])
    assert bad(GET.request(header_pairs=pairs))[0] == "signature_invalid"


def test_it_passes_on_what_kept_it_from_finding_the_key() -> None:
    def away(_: str) -> bytes | None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        checked_signature(GET.request(), time(), away)


TEXT = st.text(max_size=40)
FIELD = st.one_of(
    TEXT,
    st.from_regex(r'\Asig1=\("@[a-z-]{1,12}"( "[a-z-]+"(;[a-z]+)?)*\)(;[a-z]+=(\d+|"[^"\\]*"))*\Z'),
    st.from_regex(r"\Asig1=:[A-Za-z0-9+/]{0,88}=*:\Z"),
)


@given(FIELD, FIELD, TEXT, st.sampled_from(["GET", "POST", "get", "é", ""]))
def test_it_answers_whatever_is_sent(given_: str, signature: str, tail: str, method: str) -> None:
    pairs = (("signature-input", given_), ("signature", signature), ("content-digest", tail))
    bad(SignedRequest(method, f"{ORIGIN}/{tail}", pairs))


def test_it_reads_no_more_than_a_signature_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would take long, and needs no key for it."""

    def read(*_: Any, **__: Any) -> Any:
        raise AssertionError("The library was asked.")

    monkeypatch.setattr(signatures._Verifier, "verify", read)
    long = GET.but(nonce="n" * HEADERS_MAX)
    assert bad(long.request()) == ("signature_invalid", "Signature")
    many = ",".join(f"a{number}=()" for number in range(100))
    nobodys = (("signature-input", many), ("signature", many))
    assert bad(GET.request(header_pairs=nobodys)) == ("signature_invalid", "Send")


def test_it_takes_no_fragment_which_no_signature_covers() -> None:
    signed = GET.request()
    assert bad(replace(signed, url=f"{signed.url}#/../admin")) == ("signature_invalid", "The")


def test_the_vector_of_the_documentation_is_right() -> None:
    parts = [part.split("\n", 1) for part in VECTOR.read_text(encoding="utf-8").split("\n\n")]
    said = {heading: text.rstrip("\n") for heading, text in parts}
    secret = parse_client_secret(said["client secret"], prefix="test")
    public = bytes.fromhex(said["public key, in hexadecimal"])
    assert public == signing_public_key(secret)
    seed = bytes.fromhex(said["seed of the key (HKDF-SHA256), in hexadecimal"])
    assert Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() == public
    line, body = said["request"].split("\n")
    method, url = line.split(" ")
    headers = tuple(
        (name.lower(), value)
        for name, value in (line.split(": ", 1) for line in said["headers"].split("\n"))
    )
    request = SignedRequest(method, url, headers, body.encode())
    assert checked_signature(request, 1_800_000_000, lambda _: public).client_id == secret.client_id
    signature = base64.b64decode(dict(headers)["signature"].removeprefix("sig=:").rstrip(":"))
    Ed25519PublicKey.from_public_bytes(public).verify(signature, said["signature base"].encode())
