"""The RSGI application that Granian serves on the gateway's port."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from apikeys.gateway.service import GatewayUnit  # noqa: E402  # reads the settings

application = GatewayUnit()
