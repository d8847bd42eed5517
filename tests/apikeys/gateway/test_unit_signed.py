"""Signed requests and access tokens at the real unit."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from time import time

import pytest

from accounts.models import Tenant
from apikeys.credentials import new_client_secret
from apikeys.models import AccessState, UsedNonce
from apikeys.proof.nonces import forget_old_nonces
from apikeys.proof.tokens import LIFETIME, issue_token
from apikeys.services.keys import CreatedKey, revoke_key
from apikeys.services.peppers import configured_peppers
from tests.apikeys.gateway.asking import asked, check, passed, refused
from tests.apikeys.gateway.lookups import AskedLookup
from tests.apikeys.gateway.signing import Signed
from tests.factories import PLATFORM, let_expire, put_access
from tests.racing import rounds
from tests.served_gateway import ServedGateway

TARGET = "/payments?page=2"


def token(key: CreatedKey, age: int = 0) -> list[tuple[str, str]]:
    text = issue_token(key.key.client_id, int(time()) - age, configured_peppers())
    return [*asked(), ("Authorization", f"Bearer {text}")]


def test_it_takes_a_signed_request(served_gateway: ServedGateway, gl_key: CreatedKey) -> None:
    signed = Signed(gl_key.secret, "POST").with_digest()
    answer = check(served_gateway, [*asked("POST", TARGET), *signed.pairs()])
    assert passed(answer) == gl_key.key.client_id


def test_it_refuses_a_signature_of_another_request(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    pairs = Signed(gl_key.secret).pairs()
    refused(check(served_gateway, [*asked("GET", "/other"), *pairs]), 401, "signature_invalid")
    refused(check(served_gateway, [*asked("HEAD", TARGET), *pairs]), 401, "signature_invalid")
    old = Signed(gl_key.secret).but(created=int(time()) - 400).pairs()
    refused(check(served_gateway, [*asked("GET", TARGET), *old]), 401, "signature_expired")
    assert not UsedNonce.objects.exists()


def test_nobody_signs_for_another_key(
    served_gateway: ServedGateway, gl_key: CreatedKey, admin_key: CreatedKey
) -> None:
    """The key is looked up by the first keyid, and the last one counts."""
    own, other = gl_key.key.client_id, admin_key.key.client_id
    for first, last in ((own, other), (other, own)):
        # What is signed names one; of two in the header the last one stands for both.
        signed = dict(Signed(gl_key.secret).but(keyid=last).pairs())
        inputs = signed["signature-input"].replace(last, f'{first}";keyid="{last}')
        pairs = (signed | {"signature-input": inputs}).items()
        refused(check(served_gateway, [*asked("GET", TARGET), *pairs]), 401, "signature_invalid")


def test_it_refuses_signatures_of_unknown_and_revoked_keys(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    revoke_key(actor=PLATFORM, key=gl_key.key)
    for secret in (gl_key.secret, new_client_secret("dev")):
        answer = check(served_gateway, [*asked("GET", TARGET), *Signed(secret).pairs()])
        refused(answer, 401, "signature_invalid")


def test_it_holds_signed_requests_to_the_keys_role(
    served_gateway: ServedGateway, payroll: CreatedKey
) -> None:
    pairs = Signed(payroll.secret, target="/users/7").pairs()
    answer = check(served_gateway, [*asked("GET", "/users/7"), *pairs])
    refused(answer, 403, "permission_denied")


def test_it_takes_a_nonce_once_in_whichever_worker(
    served_gateway: ServedGateway, gl_key: CreatedKey, payroll: CreatedKey
) -> None:
    headers = [*asked("GET", TARGET), *Signed(gl_key.secret).but(nonce="once").pairs()]
    assert passed(check(served_gateway, headers))
    for _ in range(8):  # each on a connection of its own, so that both workers are met
        refused(check(served_gateway, headers), 401, "nonce_reused")
    anew = [*asked("GET", TARGET), *Signed(payroll.secret).but(nonce="once").pairs()]
    assert passed(check(served_gateway, anew))  # another key's


def test_it_keeps_nonces_as_hashes_of_their_key(
    served_gateway: ServedGateway, gl_key: CreatedKey
) -> None:
    check(served_gateway, [*asked("GET", TARGET), *Signed(gl_key.secret).but(nonce="once").pairs()])
    nonce = UsedNonce.objects.get()
    assert (nonce.key_id, bytes(nonce.digest)) == (gl_key.key.pk, sha256(b"once").digest())
    assert list(forget_old_nonces()) == []  # it could be sent again


def test_it_lets_one_of_two_processes_have_a_nonce(
    gl_key: CreatedKey,
    transactional_db: None,
    worker_lookup: AskedLookup,
    second_lookup: AskedLookup,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        for number in range(rounds(20, 500)):
            digest = sha256(str(number).encode()).digest()
            answers = pool.map(
                lambda lookup, digest=digest: lookup.is_new_nonce(gl_key.key.pk, digest),
                (worker_lookup, second_lookup),
            )
            assert sorted(answers) == [False, True]


def test_it_takes_an_access_token(served_gateway: ServedGateway, gl_key: CreatedKey) -> None:
    assert passed(check(served_gateway, token(gl_key))) == gl_key.key.client_id


def test_it_refuses_an_old_token(served_gateway: ServedGateway, gl_key: CreatedKey) -> None:
    refused(check(served_gateway, token(gl_key, LIFETIME)), 401, "token_expired")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("revoked", "unauthenticated"),
        ("expired", "key_expired"),
        ("suspended", "access_suspended"),
    ],
)
def test_it_ends_tokens_with_their_key(
    end: str, code: str, served_gateway: ServedGateway, gl_key: CreatedKey, northwind: Tenant
) -> None:
    headers = token(gl_key)
    match end:
        case "revoked":
            revoke_key(actor=PLATFORM, key=gl_key.key)
        case "expired":
            let_expire(gl_key.key)
        case _:
            put_access(northwind, AccessState.SUSPENDED)
    refused(check(served_gateway, headers), 401, code)
