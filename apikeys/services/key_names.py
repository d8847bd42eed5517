"""Names that the portal proposes for keys."""

from datetime import datetime
from itertools import count

from accounts.models import Tenant
from apikeys.models import ApiKey
from apikeys.rules import NAME_MAX


def default_name(at: datetime) -> str:
    """The name of a key for which nobody chose one: "Key of 22 Nov 2026"."""
    return f"Key of {at.day} {at:%b %Y}"


def free_name(tenant: Tenant, wanted: str, *, besides: ApiKey | None = None) -> str:
    """`wanted` if no active key of the tenant has it, else with the first free number.

    Names that differ in upper and lower case alone count as the same. At most 64 characters.
    """
    keys = ApiKey.objects.filter(tenant=tenant).active()
    if besides is not None and besides.pk is not None:
        keys = keys.exclude(pk=besides.pk)
    taken = {name.lower() for name in keys.values_list("name", flat=True)}
    if wanted.lower() not in taken:
        return wanted
    numbered = (f"{wanted[: NAME_MAX - len(f' {n}')]} {n}" for n in count(2))
    return next(name for name in numbered if name.lower() not in taken)
