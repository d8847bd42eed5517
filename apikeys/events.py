"""The names of audit events about keys and API access."""

from enum import StrEnum


class KeyEvent(StrEnum):
    """What can happen to a key."""

    CREATED = "key.created"
    EDITED = "key.edited"
    ROLE_ASSIGNED = "key.role_assigned"
    REVOKED = "key.revoked"
    SECRET_IN_URL = "key.secret_in_url"  # noqa: S105  # the name of an event
    """A working secret came in an address, where it is in somebody's log: delete that key."""


class AccessEvent(StrEnum):
    """What can happen to a tenant's API access."""

    ENABLED = "access.enabled"
