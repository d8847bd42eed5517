"""The wiring's own application: system checks, and grants after migrations."""

from typing import Any

import structlog
from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django_structlog.signals import bind_extra_request_metadata

from accounts import request_context


class PortalConfig(AppConfig):
    """Holds no models and no rules."""

    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401, PLC0415  # registers the checks
        from portal.grants import grant_after_migrate  # noqa: PLC0415  # apps ready

        # Django sends post_migrate for applications with models only: `accounts` stands for all.
        post_migrate.connect(
            grant_after_migrate,
            sender=apps.get_app_config("accounts"),
            dispatch_uid="portal_grants",
        )
        bind_extra_request_metadata.connect(_log_address, dispatch_uid="portal_address")


def _log_address(**_: Any) -> None:
    """Say in each line where the request came from, as our trusted proxies tell it.

    django-structlog's own address believes the headers of any client, and looks through dozens.
    """
    structlog.contextvars.bind_contextvars(ip=request_context.current().address)
