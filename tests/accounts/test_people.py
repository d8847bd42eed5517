"""People: their email, name and time zone."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import StaffRole, User
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def test_it_stores_an_email_in_lower_case_and_finds_it_in_any() -> None:
    person = User.objects.create_user(" Ann@Example.COM ")
    assert person.email == "ann@example.com"
    assert User.objects.get_by_natural_key("ANN@example.com") == person


def test_it_lets_nobody_in_who_has_set_no_password() -> None:
    assert not User.objects.create_user("ann@example.com").has_usable_password()


def test_it_shows_the_email_of_who_gave_no_name() -> None:
    assert str(User.objects.create_user("ann@example.com")) == "ann@example.com"
    assert str(make_person("Bea")) == "Bea"


@pytest.mark.parametrize("zone", ["Europe/London", "UTC"])
def test_it_takes_time_zones_by_their_iana_name(zone: str) -> None:
    make_person(time_zone=zone).full_clean()


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../etc/passwd", "+02:00"])
def test_it_refuses_other_time_zones(zone: str) -> None:
    with pytest.raises(ValidationError):
        make_person(time_zone=zone).full_clean()


@pytest.mark.parametrize("role", StaffRole)
def test_it_opens_djangos_admin_to_operators_alone(role: StaffRole) -> None:
    assert make_person(staff_role=role).is_staff is (role == StaffRole.OPERATOR)
