"""Clients that other people's generators make of the live document compile, and do their work.

Each language has a program in `clients/` that creates a key, lists it, assigns it a role and
deletes it. The Python client has its own test, which looks closer.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests.factories import make_key, make_tenant
from tests.served_portal import ServedPortal

CLIENTS = Path(__file__).with_name("clients")


@pytest.fixture
def caller(served_portal: ServedPortal) -> CreatedKey:
    """An admin key."""
    return make_key(make_tenant("Northwind Traders"), role=Role.ADMIN)


def run(*command: str | Path, into: Path, env: dict[str, str] | None = None) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=into,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_it_did_its_work(printed: str) -> None:
    """Every program prints the same, and leaves the key that it made deleted."""
    key = ApiKey.objects.exclude(revoked_at=None).get()
    assert printed.splitlines() == [
        f"created {key.client_id} never",
        f"listed {key.client_id}",
        "role GL",
        "deleted 204",
    ]


def test_typescript(
    node_programs: Path, served_portal: ServedPortal, caller: CreatedKey, tmp_path: Path
) -> None:
    """By openapi-ts of Hey API, checked by the compiler at its strictest."""
    url = f"{served_portal.url}/v1/openapi.json"
    run(node_programs / "openapi-ts", "--input", url, "--output", "portal", into=tmp_path)
    shutil.copy(CLIENTS / "main.ts", tmp_path)
    options = ("--strict", "--target", "es2022", "--module", "commonjs", "--outDir", "built")
    run(node_programs / "tsc", *options, "main.ts", into=tmp_path)
    env = {"API_URL": served_portal.url, "API_KEY": caller.secret.text}
    assert_it_did_its_work(run("node", "built/main.js", into=tmp_path, env=env))
