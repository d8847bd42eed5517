"""What uvicorn serves on the gateway's port: the application, and the protocol of its requests."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from apikeys.gateway.http import CheckProtocol  # noqa: E402  # imports models
from apikeys.gateway.service import GatewayUnit  # noqa: E402  # reads the settings

__all__ = ["CheckProtocol", "application"]

application = GatewayUnit()
