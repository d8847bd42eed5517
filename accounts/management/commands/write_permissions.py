"""Write docs/permissions.md from the role table, so that the two cannot disagree."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.roles import PERMISSION_LABELS, ROLE_PERMISSIONS, STAFF_PERMISSIONS, Permission

INTRODUCTION = """\
# Permissions

`manage.py write_permissions` writes this page from `accounts/roles.py`; change it there.

People in an account and API keys have the same roles, with the same meaning. Code asks for a
permission, never for a role. Nobody can give a role that may do more than their own.

Platform staff have rights of their own. A relationship manager has them in the accounts of their
portfolio, an operator in all accounts. In an account that they are a member of, staff only read and
decide nothing, whatever their role there. What they do in that account, they do as a member.
"""


def page() -> str:
    """The text of docs/permissions.md."""
    roles = [str(role).replace("_", " ") for role in (*ROLE_PERMISSIONS, *STAFF_PERMISSIONS)]
    lines = [
        _row("may", "permission", *roles),
        _row("---", "---", *(":-:" for _ in roles)),
        *(_permission_row(permission) for permission in Permission),
    ]
    return f"{INTRODUCTION}\n{'\n'.join(lines)}\n"


def path() -> Path:
    """Where the page is."""
    return Path(settings.BASE_DIR) / "docs" / "permissions.md"


def _permission_row(permission: Permission) -> str:
    holders = (*ROLE_PERMISSIONS.values(), *STAFF_PERMISSIONS.values())
    held = ("yes" if permission in granted else "–" for granted in holders)
    return _row(PERMISSION_LABELS[permission], f"`{permission}`", *held)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


class Command(BaseCommand):
    """Write docs/permissions.md."""

    help = "Write docs/permissions.md from the role table."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page and say where it is."""
        path().write_text(page(), encoding="utf-8")
        self.stdout.write(f"Wrote {path()}")
