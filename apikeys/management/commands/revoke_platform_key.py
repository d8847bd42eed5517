"""`manage.py revoke_platform_key`: stop a credential of the platform for good."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actor import SystemActor
from apikeys.models import PlatformKey
from apikeys.services.platform_keys import revoke_platform_key


class Command(BaseCommand):
    """Takes the client ID, which is public; a secret does not belong on a command line."""

    help = "Revoke a platform key for good. It stays in the history."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which key."""
        parser.add_argument("client_id", help="the key's client ID")

    def handle(self, *args: Any, client_id: str, **options: Any) -> None:
        """Revoking twice says the same again."""
        key = PlatformKey.objects.filter(client_id=client_id).first()
        if key is None:
            raise CommandError("No platform key has this client ID.")
        key = revoke_platform_key(actor=SystemActor("revoke_platform_key"), key=key)
        self.stdout.write(f"Revoked at {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC.")
