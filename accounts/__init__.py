"""Who: tenants, people, their roles, and the audit trail."""
