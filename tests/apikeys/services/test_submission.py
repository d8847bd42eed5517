"""The same form sent twice makes one key."""

import pytest

from accounts.errors import Invalid
from accounts.models import AuditEvent, Tenant, User
from accounts.roles import Role
from apikeys.errors import AlreadyCreated
from apikeys.models import ApiKey
from apikeys.services.keys import revoke_key
from tests.factories import PLATFORM, acting, make_key, make_member

pytestmark = pytest.mark.django_db

FORM = "f" * 43


def test_it_makes_one_key_and_names_it_the_second_time(northwind: Tenant, alice: User) -> None:
    first = make_key(northwind, actor=acting(alice), submission=FORM)
    events = AuditEvent.objects.count()
    with pytest.raises(AlreadyCreated) as refused:
        make_key(northwind, actor=acting(alice), submission=FORM)
    assert refused.value.key == first.key
    assert first.secret.text not in refused.value.message
    assert ApiKey.objects.count() == 1
    assert AuditEvent.objects.count() == events


def test_it_names_the_key_even_when_it_was_deleted_or_the_tenant_is_full(
    northwind: Tenant, alice: User
) -> None:
    first = make_key(northwind, actor=acting(alice), submission=FORM)
    revoke_key(actor=PLATFORM, key=first.key)
    for _ in range(10):
        make_key(northwind)
    with pytest.raises(AlreadyCreated):
        make_key(northwind, actor=acting(alice), submission=FORM)


def test_it_does_not_mistake_another_persons_form_for_the_same(
    northwind: Tenant, alice: User
) -> None:
    anna = make_member(northwind, Role.ADMIN, "Anna")
    make_key(northwind, actor=acting(alice), submission=FORM)
    make_key(northwind, actor=acting(anna), submission=FORM)
    assert ApiKey.objects.count() == 2


def test_it_does_not_mistake_a_form_for_another_tenant_for_the_same(
    northwind: Tenant, contoso: Tenant
) -> None:
    make_key(northwind, submission=FORM)
    make_key(contoso, submission=FORM)
    assert ApiKey.objects.count() == 2


def test_it_makes_as_many_keys_as_asked_for_without_a_form(northwind: Tenant) -> None:
    make_key(northwind)
    make_key(northwind)
    assert ApiKey.objects.count() == 2


def test_it_refuses_a_form_token_that_it_could_not_store(northwind: Tenant) -> None:
    with pytest.raises(Invalid):
        make_key(northwind, submission="x" * 65)
