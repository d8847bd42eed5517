"""How these tests ask a policy of one pattern."""

from accounts.roles import Role
from apikeys.gateway.policy import Asked, Policy


def refused(pattern: str, target: str, role: Role = Role.GL) -> bool:
    """Whether a key that is not an admin's may not read this, for whatever reason."""
    return Policy([pattern]).refusal(role, Asked("GET", target)) is not None


def covered(pattern: str, target: str) -> bool:
    """Whether it is refused because it holds data about users."""
    refusal = Policy([pattern]).refusal(Role.GL, Asked("GET", target))
    return refusal is not None and "holds data about users" in refusal.reason
