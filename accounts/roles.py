"""Roles and permissions: the one table of who may do what.

The same roles, with the same meaning, are carried by people (through a membership) and by
API keys. Code asks for a permission, never for a role. docs/permissions.md is generated from
this file.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a member or an API key is within one tenant."""

    VIEWER = "viewer"
    GL = "GL"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that somebody may do in a tenant."""

    # The value is the Django codename.

    READ_KEYS = "read_keys"
    CHANGE_KEYS = "change_keys"
    READ_USERS = "read_users"
    CREATE_KEYS = "create_keys"
    ASSIGN_KEY_ROLE = "assign_key_role"
    CHANGE_KEY_TERMS = "change_key_terms"
    REVOKE_KEYS = "revoke_keys"
    REQUEST_ACCESS = "request_access"
    MANAGE_MEMBERS = "manage_members"
    DECIDE_ACCESS = "decide_access"
    SUSPEND_ACCESS = "suspend_access"
    REVOKE_ALL_KEYS = "revoke_all_keys"
    SET_KEY_LIMIT = "set_key_limit"
    EXCEED_KEY_LIMIT = "exceed_key_limit"
    INVITE_FIRST_ADMIN = "invite_first_admin"
    HAND_OVER_TENANTS = "hand_over_tenants"


PERMISSION_LABELS: dict[Permission, str] = {
    Permission.READ_KEYS: "Read the account, key names, client IDs, roles and dates",
    Permission.CHANGE_KEYS: "Change a key's name and description",
    Permission.READ_USERS: "Read a key's email and creator, members and the audit trail",
    Permission.CREATE_KEYS: "Create keys",
    Permission.ASSIGN_KEY_ROLE: "Assign a key's role",
    Permission.CHANGE_KEY_TERMS: "Change a key's email and expiration",
    Permission.REVOKE_KEYS: "Delete keys",
    Permission.REQUEST_ACCESS: "Request API access",
    Permission.MANAGE_MEMBERS: "Invite members, change their role and remove them",
    Permission.DECIDE_ACCESS: "Approve or decline API access, and enable it without a request",
    Permission.SUSPEND_ACCESS: "Suspend and restore API access",
    Permission.REVOKE_ALL_KEYS: "Delete all keys of an account at once",
    Permission.SET_KEY_LIMIT: "Set how many active keys an account may have, up to the ceiling",
    Permission.EXCEED_KEY_LIMIT: "Set that limit above the ceiling",
    Permission.INVITE_FIRST_ADMIN: "Invite an admin to an account that has none",
    Permission.HAND_OVER_TENANTS: "Hand an account to another relationship manager",
}

_VIEWER = frozenset({Permission.READ_KEYS})
_GL = _VIEWER | {Permission.CHANGE_KEYS}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.GL: _GL,
    Role.ADMIN: _GL
    | {
        Permission.READ_USERS,
        Permission.CREATE_KEYS,
        Permission.ASSIGN_KEY_ROLE,
        Permission.CHANGE_KEY_TERMS,
        Permission.REVOKE_KEYS,
        Permission.REQUEST_ACCESS,
        Permission.MANAGE_MEMBERS,
    },
}


class StaffRole(StrEnum):
    """What a person is for the platform itself; most people are neither."""

    RELATIONSHIP_MANAGER = "relationship_manager"
    OPERATOR = "operator"


_MANAGER = frozenset(
    {
        Permission.READ_KEYS,
        Permission.READ_USERS,
        Permission.REVOKE_KEYS,
        Permission.DECIDE_ACCESS,
        Permission.SUSPEND_ACCESS,
        Permission.REVOKE_ALL_KEYS,
        Permission.SET_KEY_LIMIT,
        Permission.INVITE_FIRST_ADMIN,
    }
)

STAFF_PERMISSIONS: dict[StaffRole, frozenset[Permission]] = {
    StaffRole.RELATIONSHIP_MANAGER: _MANAGER,
    StaffRole.OPERATOR: frozenset(Permission) - {Permission.CREATE_KEYS, Permission.REQUEST_ACCESS},
}
"""What platform staff may do: managers in the tenants of their portfolio, operators in all.

Nobody on the staff creates a tenant's keys: a secret is shown to the customer alone.
"""


READING = frozenset({Permission.READ_KEYS, Permission.READ_USERS})
"""What platform staff may still do in a tenant that they are a member of: they only read there."""


def covers(held: Role, granted: Role) -> bool:
    """Whether `held` may give `granted` away: nobody grants more than they have."""
    return ROLE_PERMISSIONS[granted] <= ROLE_PERMISSIONS[held]
