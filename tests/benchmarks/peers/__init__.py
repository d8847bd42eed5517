"""What the gateway is measured beside: other people's ways of checking one credential.

A Django project of its own, served from `.venv/bench-gateway`; it never meets the portal's
settings.
"""
