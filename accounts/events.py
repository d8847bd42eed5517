"""The names of audit events about tenants and members."""

from enum import StrEnum


class Event(StrEnum):
    """The name of something that can be done or refused; each enum of names extends this one."""


class AccountEvent(Event):
    """What can happen to a tenant and its members."""

    TENANT_CREATED = "tenant.created"
    TENANT_HANDED_OVER = "tenant.handed_over"
    MEMBER_ADDED = "member.added"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    INVITED = "invitation.sent"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_CANCELLED = "invitation.cancelled"
    INVITATION_ENDED = "invitation.ended"
    """The platform had sent it, and the tenant got an admin by another way."""
    INVITATION_ACCEPTED = "invitation.accepted"
    STAFF_ROLE_CHANGED = "person.staff_role_changed"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    EMAIL_CHANGE_ASKED = "person.email_change_asked"
    EMAIL_CHANGED = "person.email_changed"
    EMAIL_CHANGE_UNDONE = "person.email_change_undone"


class ReadEvent(Event):
    """Reading changes nothing, so only a refusal of it is recorded."""

    PAGE_OPENED = "page.open"
