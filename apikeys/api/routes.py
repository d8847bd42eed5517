"""Where the canonical REST API lives."""

API_ROOT = "/v1/"
