"""Linters of OpenAPI documents find nothing, with the rules that they recommend."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from apikeys.rest.openapi.document import openapi

RULES = '{"extends": [["spectral:oas", "recommended"]]}'


@pytest.fixture
def document(tmp_path: Path) -> str:
    """The document in a file, beside the rules of Spectral."""
    (tmp_path / ".spectral.json").write_text(RULES)
    (tmp_path / "openapi.json").write_text(json.dumps(openapi(), indent=2))
    return "openapi.json"


@pytest.mark.parametrize(
    "command",
    [
        ["spectral", "lint", "--ruleset", ".spectral.json", "--fail-severity", "hint"],
        ["redocly", "lint", "--extends", "recommended-strict"],
    ],
    ids=lambda command: command[0],
)
def test_it_finds_nothing(
    command: list[str], node_programs: Path, document: str, tmp_path: Path
) -> None:
    name, *arguments = command
    run = subprocess.run(
        [node_programs / name, *arguments, document],
        cwd=tmp_path,
        env=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
