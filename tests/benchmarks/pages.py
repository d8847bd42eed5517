"""``make bench-pages``: pages at two sizes, against Django's stock change lists.

Two databases in one throw-away cluster, a small one and a large one. FULL=1 makes the large one as
large as quality.md speaks of; TENANTS and KEYS choose any other size.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from portal.database import EMBEDDED_APP_ROLE, EMBEDDED_OWNER_ROLE, REPOSITORY
from tests.postgres_plugin import throw_away_portal

SMALL = (1_000, 10_000)
LARGE = (100_000, 1_000_000)
FULL = (1_000_000, 10_000_000)
"""Tenants and keys."""


def main() -> None:
    """Fill both databases, measure, print a table."""
    tenants, keys = FULL if os.environ.get("FULL") == "1" else LARGE
    tenants = int(os.environ.get("TENANTS", tenants))
    keys = int(os.environ.get("KEYS", keys))
    with throw_away_portal() as portal:
        os.environ.update(portal, DEMO="1", LOG_LEVEL="ERROR", ALLOWED_HOSTS="testserver")
        _create("small", portal, *SMALL)
        _create("large", portal, tenants, keys)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
        import django  # noqa: PLC0415 - reads the environment made above

        django.setup()
        from tests.benchmarks.rounds import measure  # noqa: PLC0415 - needs Django set up

        lines = measure("small", "large")
        django.db.connections.close_all()
    today = datetime.now(UTC).date()
    load = f"{os.cpu_count()} cores, load average {os.getloadavg()[1]:.1f}"  # ours alone is about 1
    head = f"{today}, {load}, {tenants:,} tenants and {keys:,} keys"
    sys.stdout.write("\n".join(["", head, "", *lines, ""]))


def _create(name: str, portal: dict[str, str], tenants: int, keys: int) -> None:
    """Make a database, migrate and fill it, in processes such as an operator would start."""
    superuser_url = portal["PORTAL_TEST_SUPERUSER_URL"]
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        database, owner, app = map(sql.Identifier, (name, EMBEDDED_OWNER_ROLE, EMBEDDED_APP_ROLE))
        superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, app))
    urls = {
        variable: urlsplit(portal[variable])._replace(path=f"/{name}").geturl()
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    load = ["make_load_data", "--tenants", str(tenants), "--keys", str(keys), "--seed", "1"]
    for command in (["migrate", "--verbosity", "0"], load):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=REPOSITORY,
            env=os.environ | urls,
            check=True,
            stdout=sys.stderr,
        )
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as superuser:
        superuser.execute("VACUUM (ANALYZE)")
        superuser.execute("CHECKPOINT")


if __name__ == "__main__":
    main()
