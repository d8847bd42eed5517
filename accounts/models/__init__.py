"""Who: tenants, people, memberships, and the trail of what they did."""

from accounts.models.audit_events import AuditEvent, Outcome
from accounts.models.memberships import ROLE_CHOICES, Membership
from accounts.models.tenants import TENANT_NAME_MAX, Tenant, TenantKind
from accounts.models.users import StaffRole, User

__all__ = [
    "ROLE_CHOICES",
    "TENANT_NAME_MAX",
    "AuditEvent",
    "Membership",
    "Outcome",
    "StaffRole",
    "Tenant",
    "TenantKind",
    "User",
]
