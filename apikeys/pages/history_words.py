"""What happened, in words: one table for a key's history and an account's activity."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.events import AccountEvent, ReadEvent
from accounts.models import AuditEvent, Outcome
from accounts.numbers import plural
from accounts.pages.words import exact, role_label
from apikeys.events import AccessEvent, ApiEvent, KeyEvent, PlatformKeyEvent

type Said = str | Callable[[AuditEvent], str]
"""What was done: a sentence with `{who}` for what the event is about, or a function of it."""


def event_text(event: AuditEvent, key: str = "this key") -> str:
    """What happened, as a key's own history says it. A refusal calls that key `key`."""
    done, refused = WORDS.get(event.event, UNKNOWN)
    if _was_refused(event):
        return f"Refused: {refused.format(key=key)}"
    return done(event) if callable(done) else done.format(who=event.target_label)


def trail_text(event: AuditEvent) -> str:
    """The same as a line of the account's activity, where an event about a key names the key."""
    if event.target_type != "api_key":
        return event_text(event, "a key")
    text = event_text(event, f"key {event.target_label}")
    if _was_refused(event):
        return text
    return f"Key {event.target_label}: {text[:1].lower()}{text[1:]}"


def _was_refused(event: AuditEvent) -> bool:
    return event.outcome == Outcome.REFUSED and event.event not in _EXPOSED


def _with(words: str, field: str) -> Callable[[AuditEvent], str]:
    """These words, and after a colon what a person wrote in this field, if anything."""

    def say(event: AuditEvent) -> str:
        text = event.data.get(field)
        return f"{words}: {text}" if text else words

    return say


def _role(words: str) -> Callable[[AuditEvent], str]:
    """These words with `{role}` and `{who}`: the member of the data, or the event's target."""

    def say(event: AuditEvent) -> str:
        who = event.data.get("member") or event.target_label
        return words.format(who=who, role=role_label(event.data.get("role")))

    return say


def _from_to(words: str) -> Callable[[AuditEvent], str]:
    """These words with `{was}` and `{now}`."""

    def say(event: AuditEvent) -> str:
        was, now = event.data.get("was") or "nobody", event.data.get("now") or "nobody"
        return words.format(who=event.target_label, was=was, now=now)

    return say


def _member_role_changed(event: AuditEvent) -> str:
    return f"{event.target_label}: role changed {_roles(event.data.get('role'))}"


def _key_role_changed(event: AuditEvent) -> str:
    return f"Role changed {_roles(event.data.get('changes', {}).get('role'))}"


def _roles(change: Any) -> str:
    change = change if isinstance(change, dict) else {}
    return f"from {role_label(change.get('from'))} to {role_label(change.get('to'))}"


def _edited(event: AuditEvent) -> str:
    changes: dict[str, dict[str, Any]] = event.data.get("changes", {})
    return "; ".join(_change(*each) for each in changes.items()) or "Changed"


def _change(field: str, change: dict[str, Any]) -> str:
    name = {"expires_at": "Expiration"}.get(field, field.capitalize())
    return f"{name} changed from {_value(field, change['from'])} to {_value(field, change['to'])}"


def _value(field: str, value: str | None) -> str:
    if field == "expires_at":
        return exact(datetime.fromisoformat(value)) if value else "never"
    return f"“{value}”" if value else "empty"


def _all_keys_deleted(event: AuditEvent) -> str:
    number = plural(event.data.get("keys", 0), "key")
    return f"All keys deleted ({number}): {event.data.get('reason', '')}"


def _limit_set(event: AuditEvent) -> str:
    words = _from_to("Limit changed from {was} to {now} active keys")(event)
    return _with(words, "reason")(event)


_EXPOSED = frozenset({KeyEvent.SECRET_IN_URL, KeyEvent.SECRET_IN_CLEAR})
"""What was refused was no more than the request; what matters is what has happened."""
UNKNOWN: tuple[Said, str] = ("Something else was changed", "something else")
"""For an event of another version of the portal."""
WORDS: dict[str, tuple[Said, str]] = {
    KeyEvent.CREATED: (_role("Created with the role {role}"), "creating a key"),
    KeyEvent.EDITED: (_edited, "editing {key}"),
    KeyEvent.ROLE_ASSIGNED: (_key_role_changed, "changing the role of {key}"),
    KeyEvent.REVOKED: (_with("Deleted", "reason"), "deleting {key}"),
    KeyEvent.SECRET_IN_URL: (
        "Its client secret came in an address; delete it",
        "a secret in an address",
    ),
    KeyEvent.SECRET_IN_CLEAR: (
        "Its client secret came without encryption; delete it",
        "a secret without encryption",
    ),
    PlatformKeyEvent.CREATED: ("Platform key {who} created", "creating a platform key"),
    PlatformKeyEvent.REVOKED: ("Platform key {who} deleted", "deleting a platform key"),
    AccessEvent.REQUESTED: (_with("API access requested", "reason"), "requesting API access"),
    AccessEvent.WITHDRAWN: ("Request for API access withdrawn", "withdrawing the request"),
    AccessEvent.APPROVED: (_with("API access approved", "text"), "approving API access"),
    AccessEvent.DECLINED: (_with("API access declined", "text"), "declining API access"),
    AccessEvent.ENABLED: ("API access enabled without a request", "enabling API access"),
    AccessEvent.SUSPENDED: (_with("API access suspended", "text"), "suspending API access"),
    AccessEvent.RESTORED: (_with("API access restored", "reason"), "restoring API access"),
    AccessEvent.ALL_KEYS_REVOKED: (_all_keys_deleted, "deleting all keys"),
    AccessEvent.LIMIT_SET: (_limit_set, "changing the limit"),
    AccountEvent.TENANT_CREATED: ("Account opened", "opening an account"),
    AccountEvent.TENANT_HANDED_OVER: (
        _from_to("Handed over from {was} to {now}"),
        "handing the account over",
    ),
    AccountEvent.MEMBER_ADDED: (_role("{who} added as {role}"), "adding a member"),
    AccountEvent.MEMBER_ROLE_CHANGED: (_member_role_changed, "changing a member’s role"),
    AccountEvent.MEMBER_REMOVED: ("{who} removed", "removing a member"),
    AccountEvent.MEMBER_LEFT: ("{who} left", "leaving the account"),
    AccountEvent.INVITED: (_role("{who} invited as {role}"), "inviting somebody"),
    AccountEvent.INVITATION_RESENT: (
        "Invitation of {who} sent again",
        "sending an invitation again",
    ),
    AccountEvent.INVITATION_CANCELLED: (
        "Invitation of {who} cancelled",
        "cancelling an invitation",
    ),
    AccountEvent.INVITATION_ENDED: (
        "Invitation of {who} ended, since the account has an admin",
        "ending an invitation",
    ),
    AccountEvent.INVITATION_ACCEPTED: (
        _role("{who} accepted the invitation as {role}"),
        "accepting an invitation",
    ),
    AccountEvent.STAFF_ROLE_CHANGED: (
        _from_to("{who}: place on the platform’s staff changed"),
        "changing who is on the platform’s staff",
    ),
    AccountEvent.PERSON_DISABLED: ("{who} disabled", "disabling a person"),
    AccountEvent.PERSON_ENABLED: ("{who} enabled", "enabling a person"),
    AccountEvent.EMAIL_CHANGE_ASKED: (
        _from_to("Sign-in email to be changed from {was} to {now}"),
        "changing a sign-in email",
    ),
    AccountEvent.EMAIL_CHANGED: (
        _from_to("Sign-in email changed from {was} to {now}"),
        "changing a sign-in email",
    ),
    AccountEvent.EMAIL_CHANGE_UNDONE: (
        "Change of the sign-in email undone",
        "undoing a change of a sign-in email",
    ),
    ReadEvent.PAGE_OPENED: ("A page was opened", "opening a page"),
    ApiEvent.READ: ("Read by API", "reading by API"),
    ApiEvent.INTROSPECTED: ("An access token was looked up", "looking up an access token"),
}
"""For each event what was done, and what was refused as it stands after "Refused:".

What was refused may name the key as `{key}`.
"""
