"""The wiring's own application: system checks, and grants after migrations."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


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
