"""Stopping a person, and what people are on the platform's staff."""

from collections.abc import Callable

import pytest

from accounts.actor import Actor, PersonActor, StaffActor
from accounts.errors import LastAdmin, PermissionRefused, Refused, StaffRefused
from accounts.models import AuditEvent, Membership, StaffRole, Tenant, User
from accounts.roles import Role
from accounts.services.memberships import leave_tenant
from accounts.services.people import disable_person, enable_person, set_staff_role
from apikeys.proof.verify import Passed, verify_secret
from apikeys.services.keys import CreatedKey
from tests.accounts.sessions import is_signed_in
from tests.factories import PLATFORM, acting, disable, make_key, make_member, make_person, signed_in
from tests.racing import overtake

pytestmark = pytest.mark.django_db

RM, OPERATOR = StaffRole

type Verb = Callable[[Actor, User], object]

VERBS: dict[str, Verb] = {
    "disable": lambda actor, person: disable_person(actor=actor, person=person),
    "enable": lambda actor, person: enable_person(actor=actor, person=person),
    "make a manager": lambda actor, person: set_staff_role(
        actor=actor, person=person, staff_role=RM
    ),
}


@pytest.fixture
def olga(db: None) -> User:
    """Another operator."""
    return make_person("Olga", staff_role=OPERATOR)


def _operators() -> int:
    return User.objects.filter(staff_role=OPERATOR, is_active=True).count()


def test_it_ends_their_sessions_with_the_next_request(alice: User, oscar: User) -> None:
    clients = [signed_in(alice), signed_in(alice)]
    assert all(is_signed_in(client) for client in clients)
    disable_person(actor=StaffActor(oscar), person=alice)
    assert not any(is_signed_in(client) for client in clients)
    assert AuditEvent.objects.latest("id").event == "person.disabled"
    enable_person(actor=StaffActor(oscar), person=alice)
    assert not any(is_signed_in(client) for client in clients)


def test_it_lets_an_enabled_person_sign_in_again(
    northwind: Tenant, alice: User, oscar: User
) -> None:
    disable_person(actor=StaffActor(oscar), person=alice)
    enable_person(actor=StaffActor(oscar), person=alice)
    assert AuditEvent.objects.latest("id").event == "person.enabled"
    again = User.objects.get(pk=alice.pk)
    assert is_signed_in(signed_in(again))
    assert acting(again).role_in(northwind) == Role.ADMIN


def test_their_memberships_count_no_more(northwind: Tenant, alice: User, oscar: User) -> None:
    anna = make_member(northwind, Role.ADMIN)
    disable_person(actor=StaffActor(oscar), person=alice)
    assert acting(alice).role_in(northwind) is None
    with pytest.raises(LastAdmin):
        leave_tenant(actor=acting(anna), membership=Membership.objects.get(user=anna))


def test_their_keys_go_on(alice: User, oscar: User, payroll: CreatedKey) -> None:
    disable_person(actor=StaffActor(oscar), person=alice)
    assert isinstance(verify_secret(payroll.secret, address=None), Passed)


def test_an_operator_may_disable_the_last_admin(
    northwind: Tenant, alice: User, oscar: User
) -> None:
    disable_person(actor=StaffActor(oscar), person=alice)
    assert not Membership.objects.current().filter(role=Role.ADMIN).exists()


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["rita", "alice"])
def test_only_operators_do_it(
    request: pytest.FixtureRequest, who: str, verb: str, oscar: User, bob: User
) -> None:
    user: User = request.getfixturevalue(who)
    actors = [StaffActor(user), PersonActor(user), PersonActor(oscar)]
    if verb == "enable":
        disable(bob)
    before = User.objects.values().get(pk=bob.pk)
    for actor in actors:
        with pytest.raises(StaffRefused):
            VERBS[verb](actor, bob)
    assert User.objects.values().get(pk=bob.pk) == before


@pytest.mark.parametrize("verb", ["disable", "make a manager"])
def test_nobody_does_it_to_themselves(verb: str, oscar: User, olga: User) -> None:
    with pytest.raises(Refused, match="yourself"):
        VERBS[verb](StaffActor(oscar), oscar)
    assert _operators() == 2


@pytest.mark.parametrize("verb", ["disable", "make a manager"])
def test_the_last_operator_stays(verb: str, oscar: User, olga: User) -> None:
    disable(olga)
    with pytest.raises(Refused, match="last operator"):
        VERBS[verb](PLATFORM, oscar)
    assert _operators() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["disable", "make a manager"])
@pytest.mark.parametrize("operators", [2, 3])
def test_of_two_operators_who_end_each_other_one_stays(
    operators: int, verb: str, oscar: User, olga: User
) -> None:
    for _ in range(operators - 2):
        make_person(staff_role=OPERATOR)
    overtaken = overtake(
        lambda: VERBS[verb](StaffActor(olga), oscar),
        first=lambda: VERBS[verb](StaffActor(oscar), olga),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, StaffRefused)
    assert _operators() == operators - 1


@pytest.mark.django_db(transaction=True)
def test_nothing_that_they_began_is_made_after_it(
    northwind: Tenant, alice: User, oscar: User
) -> None:
    overtaken = overtake(
        lambda: make_key(northwind, actor=acting(alice)),
        first=lambda: disable_person(actor=StaffActor(oscar), person=alice),
    )
    assert overtaken.waited
    assert isinstance(overtaken.outcome, PermissionRefused)
    assert not northwind.api_keys.exists()


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_what_they_began(northwind: Tenant, alice: User, oscar: User) -> None:
    overtaken = overtake(
        lambda: disable_person(actor=StaffActor(oscar), person=alice),
        first=lambda: make_key(northwind, actor=acting(alice)),
    )
    assert overtaken.waited
    assert northwind.api_keys.get().created_by_label == "Alice"


def test_it_makes_a_manager_who_signs_in_anew(oscar: User) -> None:
    person = make_person("Rolf")
    client = signed_in(person)
    set_staff_role(actor=StaffActor(oscar), person=person, staff_role=RM)
    assert StaffActor(User.objects.get(pk=person.pk)).staff_role == RM
    assert not is_signed_in(client)
    event = AuditEvent.objects.latest("id")
    assert (event.event, event.target_label, event.tenant) == (
        "person.staff_role_changed",
        "Rolf",
        None,
    )
    assert event.data == {"was": "", "now": "relationship_manager"}


def test_it_takes_a_staff_role_away(northwind: Tenant, rita: User, oscar: User) -> None:
    set_staff_role(actor=StaffActor(oscar), person=rita, staff_role=None)
    rita.refresh_from_db()
    assert not Tenant.objects.visible_to(StaffActor(rita)).exists()


def test_it_writes_nothing_that_is_so_already(rita: User, oscar: User, bob: User) -> None:
    disable(bob)
    events = AuditEvent.objects.count()
    disable_person(actor=StaffActor(oscar), person=bob)
    enable_person(actor=StaffActor(oscar), person=rita)
    set_staff_role(actor=StaffActor(oscar), person=rita, staff_role=RM)
    assert AuditEvent.objects.count() == events
