"""Conditional requests (RFC 9110, 13): a change only to what the caller has seen."""

import re

from django.utils.http import parse_etags

from accounts.errors import PreconditionFailed
from apikeys.models import ApiKey

_BY_PROXY = re.compile(r'\A(?:W/)?"(.*?)(?:[-;](?:gzip|br|zstd|deflate))?"\Z')
"""What proxies that compress make of a tag: nginx weakens it, Apache and Caddy add to it."""


def entity_tag(key: ApiKey, *, with_users: bool) -> str:
    """The strong tag of a key as one kind of caller sees it.

    It follows the version, which only verbs bump; last use and the passing of time are outside
    it, so that a change is not refused because the key was used meanwhile.
    """
    return f'"{key.version}-{"full" if with_users else "basic"}"'


def version_to_change(if_match: str | None, key: ApiKey, tag: str) -> int | None:
    """The version that the verb must still find under its lock; None if any will do.

    Raises `PreconditionFailed` when none of the caller's tags is the key's `tag`. RFC 9110
    wants strong tags here (13.1.1). Ours names a version, so it means the same after a proxy has
    weakened it.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if tag not in {_BY_PROXY.sub(r'"\1"', each) for each in parse_etags(if_match)}:
        raise PreconditionFailed(
            "If-Match names another state of this key than the present one. "
            "Read the key again, then repeat your change with its ETag."
        )
    return key.version
