"""The verbs of invitations: how people come in. Sign-up without one is closed."""

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError
from django.urls import reverse

from accounts import audit
from accounts.actor import Actor, PersonActor, StaffActor
from accounts.clock import database_now
from accounts.errors import Invalid, InvitationGone
from accounts.events import AccountEvent
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import EmailChange, Invitation, Membership, OutboxMail, Tenant, User
from accounts.models.email_changes import EmailChangeQuerySet
from accounts.rate_limits import RateLimit
from accounts.roles import Permission, Role, covers
from accounts.services import outbox
from accounts.services.first_admins import end_staff_invitations, has_admin, require_no_admin
from accounts.services.verbs import enter, require_grant, verb
from accounts.tenancy import lock_tenant
from accounts.text_rules import clean_email, required_line

VALID_FOR = timedelta(days=7)
TOKEN_BYTES = 32
CAP = MailCap(
    "invitation",
    "invitations",
    sender=RateLimit("sender", 30, 3600),
    account=RateLimit("account", 60, 3600),
    target=RateLimit("target", 5, 3600),
)
NAME_MAX = 100


@verb(AccountEvent.INVITED, about="tenant")
def invite_member(*, actor: Actor, tenant: Tenant, email: str, role: Role) -> Invitation:
    """Invite somebody by mail with a role; one open invitation per email.

    Raises `Invalid` for an email that is not an address, is a member's, or is invited already.
    """
    tenant, actor = enter(actor, tenant, Permission.MANAGE_MEMBERS)
    require_grant(actor, role, tenant)
    return _invite(actor, tenant, clean_invited_email(email), role)


@verb(AccountEvent.INVITED, about="tenant")
def invite_first_admin(*, actor: StaffActor, tenant: Tenant, email: str) -> Invitation:
    """Invite an admin to a tenant that has none: how a relationship manager opens an account.

    Raises `Invalid` where there is an admin, and for the actor's own address.
    """
    tenant, actor = enter(actor, tenant, Permission.INVITE_FIRST_ADMIN)
    require_no_admin(tenant)
    email = clean_first_admin(actor, email)
    Invitation.objects.open().filter(tenant=tenant, email=email).update(cancelled_at=database_now())
    return _invite(actor, tenant, email, Role.ADMIN)


@verb(AccountEvent.INVITATION_RESENT, about="invitation")
def resend_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Send the invitation again with a new link, good for 7 days; the old link ends.

    Whoever sends it again is the inviter from now on, and must be able to give its role.
    """
    tenant, actor = enter(actor, invitation.tenant, Permission.MANAGE_MEMBERS)
    invitation = _open(invitation)
    require_grant(actor, Role(invitation.role), tenant)
    if isinstance(actor, StaffActor):
        require_no_admin(tenant)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = hash_token(token)
    invitation.expires_at = database_now() + VALID_FOR
    _put_inviter(invitation, actor)
    invitation.save()
    audit.record(actor, AccountEvent.INVITATION_RESENT, invitation)
    _mail(invitation, token)
    return invitation


@verb(AccountEvent.INVITATION_CANCELLED, about="invitation")
def cancel_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Take the invitation back; its link ends."""
    _, actor = enter(actor, invitation.tenant, Permission.MANAGE_MEMBERS)
    invitation = _open(invitation)
    invitation.cancelled_at = database_now()
    invitation.save(update_fields=["cancelled_at"])
    audit.record(actor, AccountEvent.INVITATION_CANCELLED, invitation)
    return invitation


@verb(AccountEvent.INVITATION_ACCEPTED, about="invitation")
def accept_invitation(*, actor: PersonActor, invitation: Invitation) -> Membership:
    """Become a member. Only the person with the invited email, verified, and only once.

    The inviter's right is checked again. An inviter who lost it invites nobody, and the platform
    invites nobody where an admin can. A current member keeps the higher of both roles. Raises
    `InvitationGone`.
    """
    tenant = lock_tenant(invitation.tenant)
    invitation = _open(invitation)
    now = database_now()
    if invitation.expires_at <= now or not has_verified(actor.user, invitation.email):
        raise InvitationGone
    if not User.objects.filter(pk=actor.user.pk, is_active=True).exists():
        raise InvitationGone
    _require_inviters_right(invitation, tenant, actor)
    membership, created = Membership.objects.get_or_create(
        tenant=tenant, user=actor.user, ended_at=None, defaults={"role": invitation.role}
    )
    if not created and covers(Role(invitation.role), Role(membership.role)):
        membership.role = invitation.role
        membership.save(update_fields=["role"])
    invitation.accepted_at, invitation.accepted_by = now, actor.user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(actor, AccountEvent.INVITATION_ACCEPTED, invitation, role=invitation.role)
    if membership.role == Role.ADMIN:
        end_staff_invitations(actor=actor, tenant=tenant)
    return membership


@verb(AccountEvent.INVITATION_ACCEPTED, about="invitation")
def join_as_new_person(*, actor: Actor, invitation: Invitation, name: str, password: str) -> User:
    """Make the invited person, whose email the link has proved, and accept for them.

    The password was checked by the form. Raises `InvitationGone`, also when the email has a
    sign-in already: then that person signs in and accepts. Raises `Invalid` for the name, and
    `TooManyAtOnce`.
    """
    stored = make_password(password)  # before the lock, or everybody of the tenant would wait
    lock_tenant(invitation.tenant)
    if has_sign_in(invitation.email):
        raise InvitationGone
    name = required_line("name", name, NAME_MAX, "Enter your name.")
    try:
        user = User.objects.create(email=invitation.email, password=stored, name=name)
    except IntegrityError:  # by the link of another account, at this moment
        raise InvitationGone from None
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accept_invitation(actor=PersonActor(user), invitation=invitation)
    return user


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a link, if it can still be accepted."""
    return _acceptable(hash_token(token))


def still_invites(mail: OutboxMail, token_hash: str) -> bool:
    """Whether the link in an invitation's mail leads in: neither it nor the person was stopped."""
    disabled = User.objects.filter(email=mail.to, is_active=False)
    return _acceptable(token_hash) is not None and not disabled.exists()


def _acceptable(token_hash: str) -> Invitation | None:
    valid = Invitation.objects.valid().filter(token_hash=token_hash)
    found = valid.select_related("tenant", "invited_by_user").first()
    return found if found is not None and _inviter_may(found, found.tenant) else None


def hash_token(token: str) -> str:
    """What is stored of a link's token: SHA-256 of 256 random bits needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def has_verified(user: User, email: str) -> bool:
    """Whether `email` is an address that the person has proved to be theirs.

    The old address of a change counts as long as it is kept for them.
    """
    proved = EmailAddress.objects.filter(user=user, email=email, verified=True)
    return proved.exists() or _kept().filter(user=user, old_email=email).exists()


def has_sign_in(email: str, *, but: User | None = None) -> bool:
    """Whether somebody, other than `but`, signs in with `email` or may yet again.

    The old address of a change is kept for its owner as long as the change can be undone.
    """
    proved = EmailAddress.objects.filter(email=email, verified=True)
    held = _kept().filter(old_email=email)
    named = User.objects.filter(email=email)
    if but is not None:
        named, proved = named.exclude(pk=but.pk), proved.exclude(user=but)
        held = held.exclude(user=but)
    return named.exists() or proved.exists() or held.exists()


def is_kept(email: str) -> bool:
    """Whether somebody had `email` until lately. Nobody signs in or joins with it now."""
    return (
        _kept().filter(old_email=email).exists() and not User.objects.filter(email=email).exists()
    )


def _kept() -> EmailChangeQuerySet:
    return EmailChange.objects.undoable().exclude(confirmed_at=None)


def clean_invited_email(value: str, field: str = "email") -> str:
    """The address in lower case, or `Invalid` for `field`."""
    return clean_email(field, value, "Enter an email address, for example ada@example.com.")


def clean_first_admin(actor: StaffActor, value: str, field: str = "email") -> str:
    """The address of a first admin, or `Invalid` for `field`: staff do not invite themselves."""
    email = clean_invited_email(value, field)
    if email == actor.user.email or has_verified(actor.user, email):
        raise Invalid(
            {
                field: "This address is your own. The first admin is somebody of the customer, "
                "since nobody decides about an account that they are a member of."
            }
        )
    return email


def _invite(actor: Actor, tenant: Tenant, email: str, role: Role) -> Invitation:
    if isinstance(actor, StaffActor):
        require_no_admin(tenant)
    if Membership.objects.current().filter(tenant=tenant, user__email=email).exists():
        raise Invalid({"email": "This person is a member already."})
    if Invitation.objects.open().filter(tenant=tenant, email=email).exists():
        raise Invalid({"email": "This person is invited already. Send that invitation again."})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation(
        tenant=tenant,
        email=email,
        role=role,
        token_hash=hash_token(token),
        expires_at=database_now() + VALID_FOR,
    )
    _put_inviter(invitation, actor)
    invitation.save(force_insert=True)
    audit.record(actor, AccountEvent.INVITED, invitation, role=str(role))
    _mail(invitation, token)
    return invitation


def _put_inviter(invitation: Invitation, actor: Actor) -> None:
    invitation.invited_by_user = getattr(actor, "user", None)
    invitation.invited_as_staff = isinstance(actor, StaffActor)
    invitation.invited_by_label = actor.stamp.label


def _mail(invitation: Invitation, token: str) -> None:
    if invitation.invited_by_user is not None:
        charge_mail(
            CAP,
            sender=invitation.invited_by_user.public_id,
            account=invitation.tenant.public_id,
            targets=[invitation.email],
        )
    url = settings.PORTAL_URL + reverse("invitation", args=[token])
    context = {"invitation": invitation, "url": url}
    matter = f"invitation {invitation.token_hash}"
    outbox.enqueue(invitation.email, "invitation", context, matter=matter)


def _require_inviters_right(invitation: Invitation, tenant: Tenant, invited: PersonActor) -> None:
    themselves = invitation.invited_as_staff and invitation.invited_by_user == invited.user
    if themselves or not _inviter_may(invitation, tenant):
        raise InvitationGone


def _inviter_may(invitation: Invitation, tenant: Tenant) -> bool:
    """Whether the inviter could invite today; the platform only makes a first admin."""
    inviter = invitation.invited_by_user
    if inviter is None:
        return True  # a command of whoever holds the server
    if invitation.invited_as_staff:
        staff = StaffActor(inviter)
        return not has_admin(tenant) and staff.may(Permission.INVITE_FIRST_ADMIN, tenant)
    member, role = PersonActor(inviter), Role(invitation.role)
    return member.may(Permission.MANAGE_MEMBERS, tenant) and member.may_grant(role, tenant)


def _open(invitation: Invitation) -> Invitation:
    found = Invitation.objects.open().filter(pk=invitation.pk)
    fresh = found.select_related("tenant", "invited_by_user").first()
    if fresh is None:
        raise InvitationGone
    return fresh
