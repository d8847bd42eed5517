"""`manage.py make_demo_data`: people and keys to try the portal with."""

import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User
from apikeys.demo.allowed import require_demo
from apikeys.demo.demo_data import Demo, DemoBuilder


class Command(BaseCommand):
    """Fill an empty installation with demo data, and write the sign-ins to var/demo.json."""

    help = (
        "Fill an empty database with demo people, accounts and keys. Does nothing where there are "
        "people already. Refuses in production, and unless DEMO=1, which `make run` sets for its "
        "own database only."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the data once; the passwords and secrets go to the file alone (mode 600)."""
        require_demo("Demo people could sign in to this database.")
        if User.objects.exists():
            return
        password = f"demo-{secrets.token_hex(6)}"
        write_demo(settings.VAR / "demo.json", DemoBuilder(password).build(), password)


def write_demo(path: Path, demo: Demo, password: str) -> None:
    """Write the sign-ins and keys so that nobody else on the machine can read them."""
    content = {
        "url": settings.PORTAL_URL,
        "people": [
            {
                "email": person.email,
                "password": password,
                "role": person.role,
                "tenant_id": person.tenant_id,
                "tenant_kind": person.tenant_kind,
            }
            for person in demo.people
        ],
        "keys": [asdict(key) for key in demo.keys],
    }
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
