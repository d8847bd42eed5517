"""The part of `make lint` that needs Django and a database: ``python -m tests.lint_django``.

Models and migrations agree, migrations are safe while the old code still runs, and `check --deploy`
is silent under settings such as production has.
"""

import os
import subprocess
import sys
from collections.abc import Callable

import django
from django.core.management import call_command

from portal.database import REPOSITORY
from tests.postgres_plugin import throw_away_portal

OURS = ["accounts", "apikeys"]

PRODUCTION_LIKE = {
    "ALLOWED_HOSTS": "portal.example",
    "DEBUG": "false",
    "DEFAULT_FROM_EMAIL": "Portal <portal@portal.example>",
    "EMAIL_HOST": "mail.portal.example",
    "ENVIRONMENT_KIND": "production",
    "ENVIRONMENT_NAME": "Production",
    "GATEWAY_USER_DATA_PATHS": "",
    "PORTAL_URL": "https://portal.example",
    "TRUSTED_PROXY_COUNT": "1",
}


def models_match_migrations() -> bool:
    """Whether `makemigrations` would write nothing."""
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
    except SystemExit:
        return False
    return True


def migrations_are_safe() -> bool:
    """Whether no migration breaks the code that runs while it is applied."""
    from django_migration_linter import MigrationLinter  # noqa: PLC0415 - wants Django set up

    # Tables that an initial migration makes have no users yet.
    linter = MigrationLinter(
        str(REPOSITORY),
        include_apps=OURS,
        no_cache=True,
        ignore_initial_migrations=True,
        quiet=["ignore", "ok"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return not linter.has_errors


def production_checks_pass() -> bool:
    """Whether `check --deploy` finds nothing, in a process that has production's settings."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    env = os.environ | PRODUCTION_LIKE
    del env["PORTAL_DB_ROLE"]
    return subprocess.run(command, env=env, cwd=REPOSITORY, check=False).returncode == 0


def main() -> int:
    """Run every check, so that one run shows all there is to repair."""
    checks: list[Callable[[], bool]] = [
        models_match_migrations,
        migrations_are_safe,
        production_checks_pass,
    ]
    with throw_away_portal() as portal:
        os.environ.update(portal, DJANGO_SETTINGS_MODULE="portal.settings", PORTAL_DB_ROLE="owner")
        django.setup()
        passed = [check() for check in checks]
        django.db.connections.close_all()
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
