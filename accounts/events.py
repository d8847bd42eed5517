"""The names of audit events about tenants and members."""

from enum import StrEnum


class AccountEvent(StrEnum):
    """What can happen to a tenant and its members."""

    TENANT_CREATED = "tenant.created"
    MEMBER_ADDED = "member.added"
