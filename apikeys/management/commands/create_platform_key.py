"""`manage.py create_platform_key`: a credential of the platform itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actor import SystemActor
from accounts.errors import Refused
from apikeys.services.platform_keys import create_platform_key


class Command(BaseCommand):
    """Prints the secret once; nothing keeps it."""

    help = (
        "Create a platform key and print its client secret to stdout, this once. It acts for every "
        "account, so hand it to a program of the platform and to nobody else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What the key is called."""
        parser.add_argument("--name", required=True, help="what uses the key, up to 64 characters")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        """The secret alone goes to stdout, so that it can be piped to a secrets manager."""
        try:
            created = create_platform_key(actor=SystemActor("create_platform_key"), name=name)
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        self.stderr.write(f"Platform key {created.key.client_id} ({created.key.name})")
        self.stdout.write(created.secret.text)
