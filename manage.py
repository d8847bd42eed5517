#!/usr/bin/env python3
"""Django's command line, connecting as the role that the command needs."""

import os
import sys

import portal  # noqa: F401 - checks the version of Python before anything modern is read

# These change or analyze tables, or read their history. The role that serves requests may not.
OWNER_COMMANDS = frozenset(
    {
        "flush",
        "lintmigrations",
        "make_load_data",
        "makemigrations",
        "migrate",
        "showmigrations",
        "sqlmigrate",
    }
)


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    if OWNER_COMMANDS.intersection(sys.argv[1:2]):
        os.environ.setdefault("PORTAL_DB_ROLE", "owner")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - may be missing
    except ImportError:
        sys.exit("Django is not installed here: run `make run` once, then use .venv/bin/python.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
