"""What an audit event is about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from accounts.models import Tenant


@dataclass(frozen=True, slots=True)
class Target:
    """A thing as it is called at this moment: its type, public id and label."""

    type: str
    id: str
    label: str


class Auditable(Protocol):
    """A row that events can be about."""

    @property
    def audit_target(self) -> Target: ...

    @property
    def audit_tenant(self) -> "Tenant | None": ...
