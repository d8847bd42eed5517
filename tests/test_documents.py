"""The documents agree with the code: the picture of the rooms, and the files that they name."""

import re
from pathlib import Path

import pytest

from portal.database import REPOSITORY
from tests import rooms

DOCUMENTS = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    REPOSITORY / "deploy" / "README.md",
]
TOP = {path.name for path in REPOSITORY.iterdir() if path.is_dir()} - {"var", ".venv"}
PATH = re.compile(r"`([a-z]+/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def test_it_keeps_the_picture_of_the_rooms_current() -> None:
    """After a change to a contract or a docstring: ``python -m tests.rooms``."""
    assert rooms.PAGE.read_text(encoding="utf-8") == rooms.page()


def test_it_draws_rooms_of_a_layer_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "_purpose", lambda name: "")
    assert list(rooms._rooms("rest | gateway", "apikeys")) == ["apikeys.rest", "apikeys.gateway"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_it_names_only_files_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = [path for path in PATH.findall(text) if path.partition("/")[0] in TOP]
    missing = [path for path in named if not (REPOSITORY / path).exists()]
    missing += [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    assert missing == []
