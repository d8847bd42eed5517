"""What the tests of the OpenAPI document with other people's programs share."""

from pathlib import Path

import pytest

from tests import node_packages, not_run


@pytest.fixture(scope="session")
def node_programs() -> Path:
    """Return the directory of the installed Node.js programs, or report the test as not run."""
    found = node_packages.find()
    if not found:
        not_run.skip("Node.js reads the OpenAPI document", node_packages.HOW_TO_INSTALL)
    return Path(found) / "node_modules" / ".bin"
