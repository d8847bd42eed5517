"""A portal and a gateway, and what a good client asks them for."""

import os
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from apikeys.services.keys import CreatedKey
from tests.apikeys.gateway.asking import VERIFY, asked, showing
from tests.attacks.good_client import Target
from tests.factories import signed_in
from tests.served_gateway import ServedGateway
from tests.served_portal import ServedPortal


@pytest.fixture
def targets(
    served_portal: ServedPortal, served_gateway: ServedGateway, payroll: CreatedKey, alice: User
) -> dict[str, Target]:
    """Health, a key about itself, a page of somebody who is signed in, and a check."""
    return targets_of(served_portal.url, served_gateway.url, payroll, alice)


def targets_of(portal: str, gateway: str, key: CreatedKey, person: User) -> dict[str, Target]:
    """The same of any portal and gateway."""
    session = signed_in(person).cookies["session"].value
    page = f"{portal}/account/{key.key.tenant.public_id}/keys/"
    return {
        "livez": Target(f"{portal}/livez"),
        "self": Target(f"{portal}/v1/api-key/self", dict(showing(key))),
        "page": Target(page, {"Cookie": f"session={session}"}),
        "check": Target(gateway + VERIFY, dict([*asked(), *showing(key)])),
    }


@pytest.fixture
def superuser_url(worker_database: str) -> str:
    """The worker's database for who may do everything."""
    name = urlsplit(worker_database).path
    return urlsplit(os.environ["PORTAL_TEST_SUPERUSER_URL"])._replace(path=name).geturl()
