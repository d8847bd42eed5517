"""Where invented data may go: never into a production environment."""

from django.conf import settings
from django.core.management.base import CommandError


def require_demo(why: str) -> None:
    """Raise `CommandError` unless this installation was told that it is for trying things out.

    `why` says what invented data would do here.
    """
    refuse_production()
    if not settings.DEMO:
        raise CommandError(f"{why} Set DEMO=1 to mean it.")


def refuse_production() -> None:
    """Raise `CommandError` in a production environment, whatever DEMO says."""
    if settings.ENVIRONMENT_KIND == "production":
        raise CommandError(
            "Invented data never goes into a production environment (ENVIRONMENT_KIND=production)."
        )
