"""Where the REST APIs live."""

API_ROOT = "/v1/"
"""The canonical API."""
MERCHANT_API_ROOT = "/api_keys/"
"""The merchant API, whose paths are Hyperswitch's."""
OAUTH_ROOTS = ("/oauth/", "/auth/")
"""Access tokens."""
API_ROOTS = (API_ROOT, MERCHANT_API_ROOT, *OAUTH_ROOTS)
"""Below these, callers are programs: no session, no page, no redirect."""
