"""The verbs of the email that a person signs in with: ask, confirm at the new, undo at the old.

A thief of a session, or even of the password, must not keep the account: the old address is told
at once, and for `UNDO_WITHIN` after the change its link takes everything back.
"""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.actor import Actor, PersonActor
from accounts.clock import database_now
from accounts.errors import EmailChangeGone, Invalid
from accounts.events import AccountEvent
from accounts.mail_caps import MailCap, charge_mail
from accounts.models import EmailChange, OutboxMail, User
from accounts.models.email_changes import UNDO_WITHIN, EmailChangeQuerySet
from accounts.rate_limits import RateLimit
from accounts.services import outbox
from accounts.services.invitations import clean_invited_email, has_sign_in
from accounts.services.people import end_sessions
from accounts.services.verbs import verb

CAP = MailCap(
    "email_change",
    "mails about a new sign-in email",
    sender=RateLimit("sender", 5, 3600),
    target=RateLimit("target", 5, 3600),
)
_CONFIRM = signing.Signer(salt="accounts.email_change.confirm")
_UNDO = signing.Signer(salt="accounts.email_change.undo")


@verb(AccountEvent.EMAIL_CHANGE_ASKED, about="person")
def ask_email_change(*, actor: PersonActor, person: User, new_email: str) -> EmailChange:
    """Ask to sign in with another address, and tell both. The new one's link makes the change.

    `person` is the actor, whose password was just checked. An address that somebody has already is
    answered alike, or it would tell who has an account; its owner reads that nothing happens.
    Raises `Invalid`, `TooMany`.
    """
    person = _locked(person)
    new_email = clean_invited_email(new_email, "email")
    if new_email == person.email:
        raise Invalid({"email": "You sign in with this address already."})
    charge_mail(CAP, sender=actor.user.public_id, targets=[new_email])
    change = EmailChange.objects.create(
        user=person, old_email=person.email, new_email=new_email, sign_in=_sign_in_of(person)
    )
    if has_sign_in(new_email, but=person):
        outbox.enqueue(new_email, "email_change_taken", {})
    else:
        context = {"change": change, "url": _confirm_url(change)}
        matter = f"email_change {change.public_id}"
        outbox.enqueue(new_email, "email_change_confirm", context, matter=matter)
    context, matter = _undo(change)
    outbox.enqueue(person.email, "email_change_asked", context, matter=matter)
    audit.record(actor, AccountEvent.EMAIL_CHANGE_ASKED, person, was=person.email, now=new_email)
    return change


@verb(AccountEvent.EMAIL_CHANGED, about="person")
def confirm_email_change(*, actor: Actor, person: User, change: EmailChange) -> User:
    """Make the new address the one that the person signs in with; its link has proved it.

    The old address gets the link that undoes it. Raises `EmailChangeGone`, also when the person
    has asked for another address since, has another password, or was signed out everywhere.
    """
    person = _locked(person)
    waiting = waiting_change(person)
    if waiting != change or not person.is_active or has_sign_in(change.new_email, but=person):
        raise EmailChangeGone
    _put_email(person, change.new_email)
    EmailChange.objects.filter(pk=change.pk).update(confirmed_at=database_now())
    context, matter = _undo(change)
    outbox.enqueue(change.old_email, "email_changed", context, matter=matter)
    audit.record(
        actor, AccountEvent.EMAIL_CHANGED, person, was=change.old_email, now=change.new_email
    )
    return person


@verb(AccountEvent.EMAIL_CHANGE_UNDONE, about="person")
def undo_email_change(*, actor: Actor, person: User, change: EmailChange) -> User:
    """Put the old address back and end all of the person's sign-ins; also what was changed since.

    Whoever asked for the change knew the password, so it works no more: the person chooses a new
    one. A change that was never confirmed ends likewise. Raises `EmailChangeGone`.
    """
    person = _locked(person)
    if not EmailChange.objects.undoable().filter(pk=change.pk).exists():
        raise EmailChangeGone
    was = person.email
    EmailChange.objects.filter(user=person, pk__gte=change.pk, undone_at=None).update(
        undone_at=database_now()
    )
    if was != change.old_email:
        _put_email(person, change.old_email)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    end_sessions(person)
    audit.record(actor, AccountEvent.EMAIL_CHANGE_UNDONE, person, was=was, now=change.old_email)
    return person


def waiting_change(user: User) -> EmailChange | None:
    """The person's change that waits to be confirmed, if there is one: the last asked for."""
    change = EmailChange.objects.waiting().filter(user=user).order_by("-pk").first()
    return change if change is not None and change.sign_in == _sign_in_of(user) else None


def change_to_confirm(token: str) -> EmailChange | None:
    """The change of a link to the new address, if it can still be confirmed."""
    change = _found(_CONFIRM, token, EmailChange.objects.waiting())
    return change if _can_be_confirmed(change) else None


def change_to_undo(token: str) -> EmailChange | None:
    """The change of a link to the old address, if it can still be undone."""
    return _found(_UNDO, token, EmailChange.objects.undoable())


def still_to_confirm(_mail: OutboxMail, public_id: str) -> bool:
    """Whether the link to the new address still does something."""
    return _can_be_confirmed(_among(EmailChange.objects.waiting(), public_id))


def still_to_undo(_mail: OutboxMail, public_id: str) -> bool:
    """Whether the link to the old address still does something."""
    return _among(EmailChange.objects.undoable(), public_id) is not None


def _can_be_confirmed(change: EmailChange | None) -> bool:
    return change is not None and change.user.is_active and change == waiting_change(change.user)


def _found(signer: signing.Signer, token: str, among: EmailChangeQuerySet) -> EmailChange | None:
    try:
        public_id = signer.unsign(token)
    except signing.BadSignature:
        return None
    return _among(among, public_id)


def _among(changes: EmailChangeQuerySet, public_id: str) -> EmailChange | None:
    return changes.filter(public_id=public_id).select_related("user").first()


def _confirm_url(change: EmailChange) -> str:
    path = reverse("sign_in_email_confirm", args=[_CONFIRM.sign(change.public_id)])
    return f"{settings.PORTAL_URL}{path}"


def _undo(change: EmailChange) -> tuple[dict[str, object], str]:
    """What a mail to the old address speaks of, and its matter."""
    path = reverse("sign_in_email_undo", args=[_UNDO.sign(change.public_id)])
    url = f"{settings.PORTAL_URL}{path}"
    context = {"change": change, "url": url, "days": UNDO_WITHIN.days}
    return context, f"email_change_undo {change.public_id}"


def _sign_in_of(person: User) -> str:
    digest = salted_hmac(
        "accounts.email_change", person.get_session_auth_hash(), algorithm="sha256"
    )
    return digest.hexdigest()


def _put_email(person: User, email: str) -> None:
    """Let the person sign in with `email` and no other address. Raises `EmailChangeGone`."""
    person.email = email
    try:
        with transaction.atomic():
            person.save(update_fields=["email"])
            EmailAddress.objects.filter(user=person).delete()
            EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    except IntegrityError:  # somebody joined with this address at this moment
        raise EmailChangeGone from None


def _locked(person: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)
