"""Words on screen about keys, and with them those about roles and times."""

from accounts.numbers import plural
from accounts.pages.words import exact, relative, relative_days, role_choices, role_label
from apikeys.models import KeyStatus

__all__ = [
    "STATUS_LABELS",
    "exact",
    "plural",
    "relative",
    "relative_days",
    "role_choices",
    "role_label",
]

STATUS_LABELS = {str(status.value): str(status.label) for status in KeyStatus}
