"""What an audit event is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A thing as it is called at this moment: its type, public id and label."""

    type: str
    id: str
    label: str
