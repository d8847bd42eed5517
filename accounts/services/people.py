"""The verbs of people: what they are on the platform's staff, and whether they may sign in."""

from django.db.models import F

from accounts import audit
from accounts.actor import Actor, StaffActor, SystemActor
from accounts.errors import Refused, StaffRefused
from accounts.events import AccountEvent
from accounts.models import Membership, Session, Tenant, User
from accounts.roles import Role, StaffRole
from accounts.services.first_admins import end_staff_invitations
from accounts.services.verbs import verb
from accounts.tenancy import lock_tenant


def require_staff(actor: StaffActor) -> None:
    """Raise `StaffRefused` unless the actor is a relationship manager or an operator."""
    if actor.staff_role is None:
        raise StaffRefused


@verb(AccountEvent.STAFF_ROLE_CHANGED, about="person")
def set_staff_role(*, actor: Actor, person: User, staff_role: StaffRole | None) -> User:
    """Make a person a relationship manager or an operator, or neither. Operators only.

    Nobody changes their own; the last operator stays one.
    """
    person = _locked(person)
    actor = _operator(actor)
    new = str(staff_role) if staff_role else ""
    if person.staff_role == new:
        return person
    _refuse_own(actor, person)
    if person.staff_role == StaffRole.OPERATOR:
        _refuse_last_operator(person)
    was, person.staff_role = person.staff_role, new
    person.save(update_fields=["staff_role"])
    end_sessions(person)
    audit.record(actor, AccountEvent.STAFF_ROLE_CHANGED, person, was=was, now=new)
    return person


@verb(AccountEvent.PERSON_DISABLED, about="person")
def disable_person(*, actor: Actor, person: User) -> User:
    """Stop a person: sessions end, memberships count no more. Keys stay. Operators only.

    Verbs that the person has begun are waited for: none commits after this one.
    """
    _lock_tenants_of(person)
    person = _locked(person)
    actor = _operator(actor)
    if not person.is_active:
        return person
    _refuse_own(actor, person)
    if person.staff_role == StaffRole.OPERATOR:
        _refuse_last_operator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    audit.record(actor, AccountEvent.PERSON_DISABLED, person)
    return person


@verb(AccountEvent.PERSON_ENABLED, about="person")
def enable_person(*, actor: Actor, person: User) -> User:
    """Let a disabled person sign in again, with the memberships they had. Operators only.

    Tenants that they administer have an admin again, so the platform invites no other.
    """
    _lock_tenants_of(person)
    person = _locked(person)
    actor = _operator(actor)
    if person.is_active:
        return person
    person.is_active = True
    person.save(update_fields=["is_active"])
    audit.record(actor, AccountEvent.PERSON_ENABLED, person)
    for tenant in Tenant.objects.filter(
        memberships__user=person, memberships__ended_at=None, memberships__role=Role.ADMIN
    ):
        end_staff_invitations(actor=actor, tenant=tenant)
    return person


def end_sessions(person: User) -> None:
    """End every session of a person, also one that signs in at this moment with what it knew."""
    User.objects.filter(pk=person.pk).update(session_generation=F("session_generation") + 1)
    Session.objects.filter(user=person).delete()


def _operator(actor: Actor) -> Actor:
    if isinstance(actor, SystemActor):
        return actor
    if isinstance(actor, StaffActor):
        actor = actor.reread()
        if actor.operates:
            return actor
    raise StaffRefused


def _lock_tenants_of(person: User) -> None:
    memberships = Membership.objects.filter(user=person, ended_at=None)
    for tenant in Tenant.objects.filter(pk__in=memberships.values("tenant")).order_by("pk"):
        lock_tenant(tenant)


def _locked(person: User) -> User:
    """The person's row, held; operators are locked together, so that one of them stays.

    The actor's own right is read after it: two who disable each other leave one.
    """
    operators = User.objects.filter(staff_role=StaffRole.OPERATOR).order_by("pk")
    list(operators.select_for_update(no_key=True))
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _refuse_own(actor: Actor, person: User) -> None:
    if isinstance(actor, StaffActor) and actor.user.pk == person.pk:
        raise Refused("You cannot do this to yourself. Ask another operator.")


def _refuse_last_operator(person: User) -> None:
    others = User.objects.filter(staff_role=StaffRole.OPERATOR, is_active=True)
    if not others.exclude(pk=person.pk).exists():
        raise Refused("This is the last operator. Make another one first.")
