"""System checks: what must not go to production."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
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
