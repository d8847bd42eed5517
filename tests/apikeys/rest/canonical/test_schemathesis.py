"""The served portal holds what its OpenAPI document promises; Schemathesis looks for a breach."""

import os
import subprocess
import sys
from pathlib import Path

from accounts.roles import Role
from apikeys.rest.routes import API_ROOT
from portal.database import REPOSITORY
from tests.factories import make_key, make_tenant
from tests.racing import rounds
from tests.served_portal import ServedPortal

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


def test_schemathesis_finds_nothing(served_portal: ServedPortal, tmp_path: Path) -> None:
    """Examples, boundary values, random data and chains of linked requests."""
    tenant = make_tenant("Northwind Traders", key_limit=30_000)
    caller = make_key(tenant, role=Role.ADMIN)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIGURATION),
            *("run", f"{served_portal.url}/v1/openapi.json"),
            # The hooks know what these operations need beyond their schemas.
            *("--include-path-regex", f"^{API_ROOT}"),
            *("--max-examples", str(rounds(40, to_prove_it=400))),
        ],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(REPOSITORY),
            "CALLING_SECRET": caller.secret.text,
            "CALLING_KEY": caller.key.client_id,
            "SPARE_KEY": make_key(tenant).key.client_id,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
