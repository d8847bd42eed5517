"""The names of audit events about keys and API access."""

from accounts.events import Event


class KeyEvent(Event):
    """What can happen to a key."""

    CREATED = "key.created"
    EDITED = "key.edited"
    ROLE_ASSIGNED = "key.role_assigned"
    REVOKED = "key.revoked"
    SECRET_IN_URL = "key.secret_in_url"  # noqa: S105  # the name of an event
    """A working secret came in an address, where it is in somebody's log: delete that key."""
    SECRET_IN_CLEAR = "key.secret_in_clear"  # noqa: S105  # the same
    """A working secret came without TLS, so that others could read it: delete that key."""


class AccessEvent(Event):
    """What can happen to a tenant's API access."""

    REQUESTED = "access.requested"
    WITHDRAWN = "access.request_withdrawn"
    APPROVED = "access.approved"
    DECLINED = "access.declined"
    ENABLED = "access.enabled"
    SUSPENDED = "access.suspended"
    RESTORED = "access.restored"
    ALL_KEYS_REVOKED = "access.all_keys_revoked"
    LIMIT_SET = "access.limit_set"


class PlatformKeyEvent(Event):
    """What can happen to a platform key; it stands in no tenant's trail."""

    CREATED = "platform_key.created"
    REVOKED = "platform_key.revoked"


class ApiEvent(Event):
    """What programs read; only its refusal is recorded."""

    READ = "api.read"
    INTROSPECTED = "token.introspected"
