"""While an attack lasts, everybody else is answered."""

import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from accounts.models import Tenant
from apikeys.services.keys import CreatedKey
from tests.attacks import attackers
from tests.attacks.good_client import PATIENCE, Answers, Target, ask
from tests.racing import PROVE
from tests.served_portal import ServedPortal

PLAIN: dict[str, Any] = {"timeout": PATIENCE, "verify": False}
"""Plain http: httpx takes longer to prepare for TLS than the portal to answer."""
ROUNDS = 50 if PROVE else 5
LIVE_WITHIN = 0.25
SLOWER_AT_MOST = 3
NOISE = 0.02
"""Seconds that a median may differ anyway."""


def assert_answered(
    attack: AbstractContextManager[object], targets: Mapping[str, Target]
) -> dict[str, Answers]:
    """Every answer is good while `attack` lasts, and as it was before once it is over.

    With PROVE=1 also soon: the machine must have nothing else to do then.
    """
    quiet = ask(targets, ROUNDS)
    with attack:
        under_attack = ask(targets, ROUNDS)
    for found in (quiet, under_attack, ask(targets, 1)):
        assert {name: set(each.statuses) for name, each in found.items()} == {
            name: {200} for name in targets
        }
    if PROVE:
        assert max(under_attack["livez"].seconds) <= LIVE_WITHIN
        for name, answers in under_attack.items():
            assert answers.median <= SLOWER_AT_MOST * quiet[name].median + NOISE, name
    return under_attack


@pytest.mark.parametrize(
    ("count", "first"),
    [(300, attackers.slow_body), (300, attackers.slow_head), (2000, attackers.nothing)],
    ids=["slow bodies", "slow heads", "half-open connections"],
)
def test_while_connections_send_next_to_nothing(
    count: int, first: attackers.First, served_portal: ServedPortal, targets: dict[str, Target]
) -> None:
    attack = attackers.connections(served_portal.url, count, first)
    assert_answered(attack, targets)


def test_while_twenty_sign_in_at_once(
    served_portal: ServedPortal, targets: dict[str, Target]
) -> None:
    """With invented people, from one address: hashing is what costs."""

    def sign_in() -> None:
        form = {"login": f"{secrets.token_hex(8)}@example.com", "password": "a guess"}
        with httpx.Client(base_url=served_portal.url, **PLAIN) as client:
            client.get("/accounts/login/")
            form["csrfmiddlewaretoken"] = client.cookies["csrf"]
            client.post("/accounts/login/", data=form)

    assert_answered(attackers.busy(20, sign_in), targets)


def test_while_one_account_is_locked(
    served_portal: ServedPortal,
    targets: dict[str, Target],
    contoso: Tenant,
    foreign_key: CreatedKey,
    superuser_url: str,
) -> None:
    """Ten programs create keys of an account that somebody's transaction holds."""
    seen = set()

    def create() -> None:
        answer = httpx.post(
            f"{served_portal.url}/v1/api-key/keys",
            headers={"api-key": foreign_key.secret.text},
            json={"email": "keys@example.com"},
            **PLAIN,
        )
        seen.add((answer.status_code, answer.json().get("code")))

    with attackers.locked_row(superuser_url, "accounts_tenant", contoso.pk):
        assert_answered(attackers.busy(10, create), targets)
    assert seen <= {(503, "busy"), (429, "rate_limited")}
    assert contoso.api_keys.count() == 1


def test_a_good_client_of_the_locked_account_may_still_read(
    served_portal: ServedPortal, foreign_key: CreatedKey, contoso: Tenant, superuser_url: str
) -> None:
    target = {
        "self": Target(f"{served_portal.url}/v1/api-key/self", {"api-key": foreign_key.secret.text})
    }
    with attackers.locked_row(superuser_url, "accounts_tenant", contoso.pk):
        assert ask(target, 3)["self"].statuses == [200] * 3
