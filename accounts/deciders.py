"""Who of the platform's staff decides about a tenant, and how a sentence names them.

Nobody decides about a tenant that they are a member of, so members are left out here.
"""

from collections.abc import Iterable

from django.db.models import Q

from accounts.models import Membership, StaffRole, Tenant, User

NAMED = 3
"""People whom a sentence names at most."""


def deciders(tenant: Tenant) -> list[User]:
    """The tenant's relationship manager, or the operators where that manager cannot decide.

    A manager cannot if they are disabled, no longer on the staff, or a member of the tenant.
    """
    manager = tenant.relationship_manager
    if manager is not None and manager.is_active and manager.staff_role:
        members = Membership.objects.current().filter(tenant=tenant)
        if not members.filter(user=manager).exists():
            return [manager]
    return operators(tenant)


def operators(tenant: Tenant) -> list[User]:
    """The operators who can decide about the tenant."""
    found = User.objects.filter(staff_role=StaffRole.OPERATOR, is_active=True)
    return list(found.exclude(members_of(tenant)).order_by("pk"))


def members_of(tenant: Tenant) -> Q:
    """The people who are members of the tenant, as a condition on people."""
    return Q(pk__in=Membership.objects.current().filter(tenant=tenant).values("user"))


def named(people: Iterable[User]) -> str:
    """Whom to ask, at the end of a sentence: "Oscar (oscar@example.com) or Olga (…)"."""
    some = [f"{person.display_name} ({person.email})" for person in people][:NAMED]
    return " or ".join(some) or "for another operator, since none can decide about it"
