"""`manage.py create_platform_key`: a credential of the platform itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actor import SystemActor
from accounts.errors import Refused
from apikeys.models import PlatformKeyKind
from apikeys.services.platform_keys import create_platform_key


class Command(BaseCommand):
    """Prints the secret once; nothing keeps it."""

    help = (
        "Create a platform key and print its client secret to stdout, this once. Unless its kind "
        "is introspect, it acts for every account, so hand it to a program of the platform and to "
        "nobody else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What the key is called, and what it is for."""
        parser.add_argument("--name", required=True, help="what uses the key, up to 64 characters")
        parser.add_argument(
            "--kind",
            choices=PlatformKeyKind.values,
            default=PlatformKeyKind.MERCHANT,
            help="merchant: it acts for every account; introspect: it asks about tokens only",
        )

    def handle(self, *args: Any, name: str, kind: str, **options: Any) -> None:
        """The secret alone goes to stdout, so that it can be piped to a secrets manager."""
        try:
            created = create_platform_key(
                actor=SystemActor("create_platform_key"), name=name, kind=PlatformKeyKind(kind)
            )
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stderr.write(f"Platform key {created.key.client_id} ({created.key.name})")
        self.stdout.write(created.secret.text)
