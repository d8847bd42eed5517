"""Words on screen about keys, and with them those about roles and times."""

from datetime import datetime
from typing import Any

from accounts.models import AuditEvent, Outcome
from accounts.numbers import plural
from accounts.pages.words import exact, relative, relative_days, role_choices, role_label
from apikeys.events import KeyEvent
from apikeys.models import KeyStatus

__all__ = [
    "STATUS_LABELS",
    "event_text",
    "exact",
    "plural",
    "relative",
    "relative_days",
    "role_choices",
    "role_label",
]

STATUS_LABELS = {str(status.value): str(status.label) for status in KeyStatus}


_FIELDS = {
    "expires_at": "Expiration",
    "email": "Email",
    "name": "Name",
    "description": "Description",
}


def event_text(event: AuditEvent) -> str:
    """What happened, as the key's history says it."""
    if event.outcome == Outcome.REFUSED:
        return f"Refused: {_EVENT_NOUNS.get(event.event, event.event)}"
    match event.event:
        case KeyEvent.CREATED:
            return f"Created with the role {role_label(event.data.get('role'))}"
        case KeyEvent.ROLE_ASSIGNED:
            change = event.data["changes"]["role"]
            return f"Role changed from {role_label(change['from'])} to {role_label(change['to'])}"
        case KeyEvent.EDITED:
            return "; ".join(
                _change_text(field, change) for field, change in event.data["changes"].items()
            )
        case KeyEvent.REVOKED:
            reason = event.data.get("reason")
            return f"Deleted: {reason}" if reason else "Deleted"
        case _:
            return event.event


_EVENT_NOUNS = {
    str(KeyEvent.CREATED): "creating a key",
    str(KeyEvent.EDITED): "editing",
    str(KeyEvent.ROLE_ASSIGNED): "changing the role",
    str(KeyEvent.REVOKED): "deleting",
}


def _change_text(field: str, change: dict[str, Any]) -> str:
    name = _FIELDS.get(field, field)
    before, after = (_value_text(field, change[side]) for side in ("from", "to"))
    return f"{name} changed from {before} to {after}"


def _value_text(field: str, value: str | None) -> str:
    if field == "expires_at":
        return exact(datetime.fromisoformat(value)) if value else "never"
    return f"“{value}”" if value else "empty"
