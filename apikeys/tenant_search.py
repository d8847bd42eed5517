"""Searching tenants: the best candidates that an index can find, however many tenants there are."""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.actor import StaffActor
from accounts.models import Membership, Tenant
from accounts.public_ids import TENANT_ID_PREFIX

CANDIDATES = 1_000
"""Hits of a search that are sorted, filtered and shown; beyond, the page asks to refine."""

_TRIGRAM = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True, slots=True)
class Hits:
    """The primary keys of the tenants that a search found, and whether there were more."""

    pks: list[int]
    more: bool


def search(actor: StaffActor, q: str) -> Hits:
    """The tenants of the actor by name, account ID, or the email of a current member.

    Names come first, then account IDs, then emails, up to `CANDIDATES`. Each is a query of its
    own: an OR over several tables would use none of their indexes. Without three letters or
    digits in a row a trigram index is of no use, and only beginnings are found.
    """
    found: dict[int, None] = {}
    for hits in _branches(actor, q, "contains" if _TRIGRAM.search(q) else "startswith"):
        found.update(dict.fromkeys(hits[: CANDIDATES + 1]))
        if len(found) > CANDIDATES:
            return Hits(list(found)[:CANDIDATES], more=True)
    return Hits(list(found), more=False)


def _branches(actor: StaffActor, q: str, how: str) -> list["QuerySet[Tenant, int]"]:
    tenants = Tenant.objects.visible_to(actor).order_by().values_list("pk", flat=True)
    members = Membership.objects.visible_to(actor).current().order_by()
    by_id = {"public_id__startswith": q} if how == "startswith" else {"public_id__icontains": q}
    # What every account ID begins with tells nothing about any of them.
    telling = q.casefold() not in TENANT_ID_PREFIX
    return [
        tenants.filter(**{f"name__i{how}": q}),
        tenants.filter(**by_id) if telling else tenants.none(),
        members.filter(Q(**{f"user__email__{how}": q.lower()})).values_list("tenant_id", flat=True),  # type: ignore[list-item]  # the tenant's key, from its memberships
    ]
