"""System checks: what must not go to production."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

from apikeys.gateway.service import setting_errors

PEPPERS_IN_USE = """
    SELECT pepper_number FROM apikeys_apikey WHERE pepper_number IS NOT NULL
    UNION
    SELECT pepper_number FROM apikeys_platformkey WHERE pepper_number IS NOT NULL
"""


@register(Tags.database)
def peppers_present(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **_: Any
) -> list[CheckMessage]:
    """portal.E001: every pepper that a key's verifier names is configured.

    Without it those keys would be refused one by one, which looks like an attack, not like a
    lost setting.
    """
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(PEPPERS_IN_USE)
            used = {row[0] for row in cursor.fetchall()}
    except DatabaseError:
        return []  # not migrated yet, so no key can name a pepper
    missing = sorted(used - set(settings.API_KEY_PEPPERS))
    if not missing:
        return []
    return [
        Error(
            f"Keys in this database need the pepper(s) {missing}, which are not configured.",
            hint="Restore them in API_KEY_PEPPERS; without them these keys cannot be verified.",
            id="portal.E001",
        )
    ]


@register()
def gateway_configured(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """portal.E002 and portal.E003: the gateway knows what it has to judge by.

    A viewer's key would read what only admins may, if production forgot which paths those are.
    """
    return [
        Error(
            error,
            hint=f"docs/operations.md says what {name} takes.",
            id="portal.E002" if getattr(settings, name) is None else "portal.E003",
        )
        for name, error in setting_errors().items()
    ]


@register()
def proxy_named(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """portal.W001: production knows how many proxies stand in front of it.

    Behind a proxy that it does not know of, all clients come from one address: ten wrong sign-ins
    of a stranger would delay everybody's.
    """
    if settings.ENVIRONMENT_KIND != "production" or settings.TRUSTED_PROXY_COUNT:
        return []
    return [
        checks.Warning(
            "TRUSTED_PROXY_COUNT is 0 in production: behind a proxy, all clients would share its "
            "address, and ten wrong sign-ins of a stranger would delay everybody's.",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies that add X-Forwarded-For.",
            id="portal.W001",
        )
    ]
