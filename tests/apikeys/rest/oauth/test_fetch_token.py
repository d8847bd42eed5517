"""A token for a client ID and its secret: RFC 6749, 4.4 and 5.1, and Hubpay's form of it."""

from datetime import timedelta
from time import time

import pytest
from django.db.models.functions import Now
from django.test import Client

from apikeys.models import ApiKey, KeyUsage
from apikeys.proof.tokens import read_token
from apikeys.proof.use_log import UseLog
from apikeys.services.keys import CreatedKey
from apikeys.services.peppers import configured_peppers
from tests.apikeys.rest.canonical.calls import SELF
from tests.apikeys.rest.oauth.calls import (
    FORM,
    GRANT,
    INTROSPECT,
    OAUTH_TOKEN,
    WAYS,
    basic,
    bearing,
    form_encoded_basic,
    send,
)


@pytest.mark.parametrize("way", WAYS)
def test_it_answers_a_token_that_works(way: str, payroll: CreatedKey) -> None:
    answer = WAYS[way](payroll)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    body = answer.json()
    token = body.pop("access_token")
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "viewer"}
    assert bearing(token).get(SELF).json()["client_id"] == payroll.key.client_id


@pytest.mark.parametrize("way", WAYS)
def test_nobody_may_store_it(way: str, payroll: CreatedKey) -> None:
    answer = WAYS[way](payroll)
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")


@pytest.mark.parametrize("way", WAYS)
def test_it_says_how_long_the_token_passes_if_its_key_ends_sooner(
    way: str, payroll: CreatedKey
) -> None:
    ApiKey.objects.update(expires_at=Now() + timedelta(minutes=10))
    body = WAYS[way](payroll).json()
    assert 0 < body["expires_in"] <= 600
    token = read_token(body["access_token"], configured_peppers())
    assert token is not None
    assert abs(token.expires_at - time() - 600) < 60


@pytest.mark.parametrize("way", WAYS)
def test_it_holds_nothing_of_the_secret(way: str, payroll: CreatedKey) -> None:
    secret = payroll.secret.text.removeprefix(payroll.key.client_id)
    assert secret not in WAYS[way](payroll).content.decode()


@pytest.mark.parametrize("way", WAYS)
def test_it_is_a_use_of_the_key(way: str, payroll: CreatedKey, uses: UseLog) -> None:
    WAYS[way](payroll)
    uses.flush()
    assert KeyUsage.objects.get().key == payroll.key


def test_basic_may_be_encoded_as_in_a_form(admin_key: CreatedKey) -> None:
    answer = send(GRANT, **form_encoded_basic(admin_key))
    assert answer.status_code == 200
    token = f"token={answer.json()['access_token']}"
    assert send(token, INTROSPECT, **form_encoded_basic(admin_key)).json()["active"] is True


@pytest.mark.parametrize("more", ["&scope=", "&unknown=1", "&&"])
def test_unknown_parameters_are_ignored(more: str, payroll: CreatedKey) -> None:
    assert send(GRANT + more, **basic(payroll)).status_code == 200


@pytest.mark.parametrize("asked", ["viewer", "admin", "read%20write", ""])
def test_the_scope_granted_is_the_keys_role(
    asked: str, payroll: CreatedKey, gl_key: CreatedKey
) -> None:
    for key, role in ((payroll, "viewer"), (gl_key, "GL")):
        assert send(f"{GRANT}&scope={asked}", **basic(key)).json()["scope"] == role


def test_a_resource_may_be_named_more_than_once(payroll: CreatedKey) -> None:
    resources = "resource=https://a.example&resource=https://b.example"
    assert send(f"{GRANT}&{resources}", **basic(payroll)).status_code == 200


def test_the_client_id_may_stand_in_the_form_too(payroll: CreatedKey) -> None:
    form = f"{GRANT}&client_id={payroll.key.client_id}&client_secret="
    assert send(form, **basic(payroll)).status_code == 200


def test_the_media_type_may_name_its_charset(payroll: CreatedKey) -> None:
    answer = Client().post(
        OAUTH_TOKEN, GRANT, content_type=f"{FORM}; charset=UTF-8", headers=basic(payroll)
    )
    assert answer.status_code == 200


def test_it_needs_no_csrf_token(payroll: CreatedKey) -> None:
    client = Client(enforce_csrf_checks=True, headers=basic(payroll))
    assert client.post(OAUTH_TOKEN, GRANT, content_type=FORM).status_code == 200
