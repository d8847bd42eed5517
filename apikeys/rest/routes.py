"""Where the REST APIs live."""

API_ROOT = "/v1/"
"""The canonical API."""
MERCHANT_API_ROOT = "/api_keys/"
"""The merchant API, whose paths are Hyperswitch's."""
OAUTH_ROOT = "/oauth/"
"""Access tokens, as OAuth clients ask for them."""
HUBPAY_ROOT = "/auth/"
"""Access tokens, as Hubpay's clients ask for them."""
METADATA_ROOT = "/.well-known/oauth-authorization-server"
"""Where OAuth clients learn of these addresses (RFC 8414)."""
API_ROOTS = (API_ROOT, MERCHANT_API_ROOT, OAUTH_ROOT, HUBPAY_ROOT, METADATA_ROOT)
"""Below these, callers are programs: no session, no page, no redirect."""


def root_of(path: str) -> str | None:
    """The API root that `path` lies below, or is, be it without its slash; None for pages."""
    whole = path if path.endswith("/") else f"{path}/"
    return next((root for root in API_ROOTS if path.startswith(root) or whole == root), None)
