"""The signing example in Python, from the documentation page, run against a live server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from apikeys.models import UsedNonce
from apikeys.services.keys import CreatedKey
from tests.apikeys.rest.canonical.calls import KEYS, SELF
from tests.apikeys.rest.canonical.documented import blocks
from tests.served_portal import ServedPortal

LINES_MAX = 40


@pytest.fixture
def script(served_portal: ServedPortal, tmp_path: Path) -> Path:
    """The file that a reader makes of the page."""
    path = tmp_path / "sign.py"
    path.write_text(blocks(served_portal)["signing-python"])
    return path


def run(script: Path, secret: str, *words: str) -> tuple[int, dict[str, object]]:
    """The status and body that it printed."""
    done = subprocess.run(
        [sys.executable, "-I", script, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"API_KEY": secret},
    )
    assert done.stderr == ""
    status, _, body = done.stdout.partition(" ")
    return int(status), json.loads(body)


def test_it_signs_with_and_without_a_body(
    script: Path, served_portal: ServedPortal, admin_key: CreatedKey
) -> None:
    secret = admin_key.secret.text
    status, itself = run(script, secret, "GET", served_portal.url + SELF)
    assert (status, itself["client_id"]) == (200, admin_key.key.client_id)
    key_url = f"{served_portal.url}{KEYS}/{admin_key.key.client_id}"
    status, changed = run(script, secret, "PATCH", key_url, '{"description": "Signed"}')
    assert (status, changed["description"]) == (200, "Signed")
    assert UsedNonce.objects.count() == 2


def test_it_prints_what_refuses_it(
    script: Path, served_portal: ServedPortal, admin_key: CreatedKey, payroll: CreatedKey
) -> None:
    mixed = payroll.key.client_id + admin_key.secret.text[len(payroll.key.client_id) :]
    status, refusal = run(script, mixed, "GET", served_portal.url + SELF)
    assert (status, refusal["code"]) == (401, "signature_invalid")


@pytest.mark.parametrize("name", ["signing-python", "signing-javascript"])
def test_it_is_short(name: str, served_portal: ServedPortal) -> None:
    lines = blocks(served_portal)[name].rstrip().splitlines()
    assert len(lines) <= LINES_MAX
    assert max(map(len, lines)) <= 100
