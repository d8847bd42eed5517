"""What happened in a tenant, in words: the events of its members, its access and its keys."""

from accounts.events import AccountEvent
from accounts.models import AuditEvent, Outcome
from apikeys.events import AccessEvent, KeyEvent
from apikeys.pages.words import event_text, plural, role_label

_PLAIN: dict[str, str] = {
    AccountEvent.TENANT_CREATED: "Account opened",
    AccessEvent.WITHDRAWN: "Request for API access withdrawn",
    AccessEvent.ENABLED: "API access enabled without a request",
}
_WITH_TEXT: dict[str, tuple[str, str]] = {
    AccessEvent.REQUESTED: ("API access requested", "reason"),
    AccessEvent.APPROVED: ("API access approved", "text"),
    AccessEvent.DECLINED: ("API access declined", "text"),
    AccessEvent.SUSPENDED: ("API access suspended", "text"),
    AccessEvent.RESTORED: ("API access restored", "reason"),
}
_PEOPLE: dict[str, str] = {
    AccountEvent.TENANT_HANDED_OVER: "Handed over from {was} to {now}",
    AccountEvent.MEMBER_ADDED: "{member} added as {role}",
    AccountEvent.MEMBER_ROLE_CHANGED: "{who}: role changed from {was} to {now}",
    AccountEvent.MEMBER_REMOVED: "{who} removed",
    AccountEvent.MEMBER_LEFT: "{who} left",
    AccountEvent.INVITED: "{who} invited as {role}",
    AccountEvent.INVITATION_RESENT: "Invitation of {who} sent again",
    AccountEvent.INVITATION_CANCELLED: "Invitation of {who} cancelled",
    AccountEvent.INVITATION_ENDED: "Invitation of {who} ended, since the account has an admin",
    AccountEvent.INVITATION_ACCEPTED: "{who} accepted the invitation as {role}",
}
_REFUSED: dict[str, str] = {
    AccessEvent.REQUESTED: "requesting API access",
    AccessEvent.WITHDRAWN: "withdrawing the request",
    AccessEvent.APPROVED: "approving API access",
    AccessEvent.DECLINED: "declining API access",
    AccessEvent.ENABLED: "enabling API access",
    AccessEvent.SUSPENDED: "suspending API access",
    AccessEvent.RESTORED: "restoring API access",
    AccessEvent.ALL_KEYS_REVOKED: "deleting all keys",
    AccessEvent.LIMIT_SET: "changing the limit",
    AccountEvent.TENANT_HANDED_OVER: "handing the account over",
    AccountEvent.INVITED: "inviting somebody",
    AccountEvent.MEMBER_ROLE_CHANGED: "changing a member’s role",
    AccountEvent.MEMBER_REMOVED: "removing a member",
    AccountEvent.MEMBER_LEFT: "leaving the account",
    "page.open": "opening a page",
}


def trail_text(event: AuditEvent) -> str:
    """One event as a line of the tenant's activity; a key's event names the key."""
    if event.event.startswith("key."):
        if event.event == KeyEvent.SECRET_IN_URL:
            return f"Key {event.target_label}: its client secret came in an address; delete it"
        return f"Key {event.target_label}: {_lower_first(event_text(event))}"
    if event.outcome == Outcome.REFUSED:
        return f"Refused: {_REFUSED.get(event.event, event.event)}"
    if event.event in _WITH_TEXT:
        words, field = _WITH_TEXT[event.event]
        text = event.data.get(field)
        return f"{words}: {text}" if text else words
    return _PLAIN.get(event.event) or _about_people(event) or _about_keys(event) or event.event


def _about_people(event: AuditEvent) -> str:
    data, role = event.data, event.data.get("role", "")
    words = {"who": event.target_label, "member": data.get("member", "")}
    words |= {"was": data.get("was") or "nobody", "now": data.get("now", "")}
    if isinstance(role, dict):
        words |= {"was": role_label(role["from"]), "now": role_label(role["to"])}
    elif role:
        words["role"] = role_label(role)
    return _PEOPLE.get(event.event, "").format(**words)


def _about_keys(event: AuditEvent) -> str:
    data = event.data
    match event.event:
        case AccessEvent.ALL_KEYS_REVOKED:
            return f"All keys deleted ({plural(data['keys'], 'key')}): {data['reason']}"
        case AccessEvent.LIMIT_SET:
            reason = f": {data['reason']}" if data["reason"] else ""
            return f"Limit changed from {data['was']} to {data['now']} active keys{reason}"
    return ""


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
