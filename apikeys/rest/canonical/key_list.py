"""The list's filters, and its pages by keyset with a signed cursor."""

from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet

from accounts.fixed_queries import FixedQuery, Row
from accounts.tenancy import TenantScope
from apikeys.key_actor import KeyActor
from apikeys.models import ApiKey, ApiKeyQuerySet, KeyStatus
from apikeys.rest.canonical.key_rows import ListedKey, listed_rows
from apikeys.rest.canonical.schemas import KeyListQuery, StatusFilter
from apikeys.rest.problems import InvalidFields

_SALT = "apikeys.rest.canonical.key_list"
_AFTER = "after"
_NO_FILTERS = {"limit", "cursor"}


def resumed(query: KeyListQuery) -> tuple[KeyListQuery, str | None]:
    """The query with the filters that its cursor carries, and the client ID to go on after.

    Filters beside a cursor must be those it was made with. Raises `InvalidFields` for others,
    and for a cursor that is not ours.
    """
    if query.cursor is None:
        return query, None
    try:
        carried: dict[str, Any] = signing.loads(query.cursor, salt=_SALT)
    except signing.BadSignature:
        raise _refused_cursor("This cursor is not one of ours. Begin without one.") from None
    after = carried.pop(_AFTER)
    given = query.model_dump(mode="json", exclude_unset=True, exclude=_NO_FILTERS)
    if not given.items() <= carried.items():
        raise _refused_cursor("This cursor belongs to other filters. Begin without one.")
    return KeyListQuery.model_validate(carried | {"limit": str(query.limit)}), after


def page(
    actor: KeyActor, query: KeyListQuery, after: str | None
) -> tuple[list[ListedKey], str | None]:
    """Up to `query.limit` keys, newest first, and the cursor of the next page, if any.

    Only keys that `actor` may see, and a cursor names its position by client ID: made for
    another tenant it is refused, and it tells nothing of the ids inside.
    """
    if after is None and query == _PLAIN:
        found = _PLAIN_PAGE.all(actor.key.tenant_id)
    else:
        keys = ApiKey.objects.visible_to(actor)
        found = list(map(ListedKey._make, _rows(keys, query, after)))
    rows, more = found[: query.limit], len(found) > query.limit
    return rows, _cursor(query, rows[-1]) if more else None


def _rows(keys: ApiKeyQuerySet, query: KeyListQuery, after: str | None) -> QuerySet[ApiKey, Row]:
    """The rows of a page of `keys`, and one more if there is."""
    found = _matching(keys, query)
    if after is not None:
        last = keys.filter(client_id=after).first()
        if last is None:
            raise _refused_cursor("This cursor is not one of ours. Begin without one.")
        # The first condition alone would do for the order, but not for the index.
        found = found.filter(created_at__lte=last.created_at).exclude(
            created_at=last.created_at, id__gte=last.pk
        )
    return listed_rows(found).order_by("-created_at", "-id")[: query.limit + 1]


_PLAIN = KeyListQuery()
"""What is asked for most: the first page, without a filter."""
_PLAIN_PAGE = FixedQuery(
    ListedKey._make,
    lambda tenant_pk: _rows(ApiKey.objects.visible_to(TenantScope(tenant_pk)), _PLAIN, None),
    -1,
)


def _matching(keys: ApiKeyQuerySet, query: KeyListQuery) -> ApiKeyQuerySet:
    if query.status != StatusFilter.ALL:
        keys = keys.with_status(KeyStatus(query.status))
    if query.role is not None:
        keys = keys.filter(role=query.role)
    if query.email is not None:
        keys = keys.filter(email=query.email.strip().lower())
    if query.expires_before is not None:
        keys = keys.filter(expires_at__lt=query.expires_before)
    if query.unused_since is not None:
        # A key that was never used counts as unused since whenever.
        keys = keys.filter(Q(usage=None) | Q(usage__last_used_at__lt=query.unused_since))
    return keys


def _cursor(query: KeyListQuery, last: ListedKey) -> str:
    filters = query.model_dump(mode="json", exclude_none=True, exclude=_NO_FILTERS)
    return signing.dumps(filters | {_AFTER: last.client_id}, salt=_SALT)


def _refused_cursor(detail: str) -> InvalidFields:
    return InvalidFields(("cursor", "invalid", detail))
