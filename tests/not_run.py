"""Tests that could not run, said plainly at the end of the run instead of hiding among skips.

A missing browser or server fails the run only under ``CI=true``. Otherwise a broken CI image would
quietly stop proving things.

    if not path:
        not_run.skip("needs Chromium", "apt-get install chromium")
"""

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest


def report(reason: str, how_to_install: str) -> None:
    """Note that something is not proved by this run."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" (")[0]
    entry = json.dumps([reason, how_to_install, test])
    # Appended to one file: the workers of pytest-xdist are processes of their own.
    with _notes().open("a") as notes:
        notes.write(entry + "\n")


def skip(reason: str, how_to_install: str) -> NoReturn:
    """Report, and skip the current test."""
    report(reason, how_to_install)
    pytest.skip(f"NOT RUN: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the run fail under CI when something was not run."""
    if (
        _entries()
        and os.environ.get("CI", "").lower() in {"1", "true"}
        and session.exitstatus == pytest.ExitCode.OK
        and "PYTEST_XDIST_WORKER" not in os.environ
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was not run, why, and what to install."""
    if not (entries := _entries()):
        return
    terminalreporter.section("NOT RUN", yellow=True, bold=True)
    for (reason, how_to_install), tests in entries.items():
        count = f"{len(tests)} test{'s' if len(tests) != 1 else ''}"
        terminalreporter.line(f"{reason} ({count}). To run: {how_to_install}", yellow=True)


def _notes() -> Path:
    return Path(os.environ["VAR"]) / "not_run.jsonl"


def _entries() -> dict[tuple[str, str], set[str]]:
    """Return the tests for each reason and remedy."""
    found: dict[tuple[str, str], set[str]] = {}
    if "VAR" in os.environ and _notes().exists():
        for line in _notes().read_text().splitlines():
            reason, how_to_install, test = json.loads(line)
            found.setdefault((reason, how_to_install), set()).add(test)
    return found
