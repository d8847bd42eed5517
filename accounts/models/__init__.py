"""Who: tenants, people, memberships, and the trail of what they did."""

from accounts.models.audit_events import AuditEvent, Outcome
from accounts.models.email_changes import EmailChange
from accounts.models.invitations import Invitation
from accounts.models.memberships import ROLE_CHOICES, Membership
from accounts.models.outbox import OutboxMail
from accounts.models.rate_counters import RateCounter
from accounts.models.sessions import BROWSER_MAX, Session
from accounts.models.tenants import TENANT_NAME_MAX, Tenant, TenantKind
from accounts.models.users import STAFF_ROLE_LABELS, User
from accounts.roles import StaffRole

__all__ = [
    "BROWSER_MAX",
    "ROLE_CHOICES",
    "STAFF_ROLE_LABELS",
    "TENANT_NAME_MAX",
    "AuditEvent",
    "EmailChange",
    "Invitation",
    "Membership",
    "OutboxMail",
    "Outcome",
    "RateCounter",
    "Session",
    "StaffRole",
    "Tenant",
    "TenantKind",
    "User",
]
