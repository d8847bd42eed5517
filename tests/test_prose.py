"""Documents, templates, docstrings and comments can be read once, as far as a program can tell."""

from pathlib import Path

import pytest

from portal.database import REPOSITORY
from tests import prose


def test_every_sentence_can_be_read_once() -> None:
    found = {str(path.relative_to(REPOSITORY)): prose.flaws(path) for path in prose.files()}
    assert {file: flaws for file, flaws in found.items() if flaws} == {}


@pytest.mark.parametrize(
    "riddle",
    [
        "It leaves the type of what is not there out.",
        "A late answer is nobody's.",
        "It keeps all, but for the first.",
        "What came is no request.",
        "It waits. Who comes now is refused.",
        "A word " * 18,
    ],
)
@pytest.mark.parametrize(
    "form", ['"""{}"""\n', "x = 1  # {}\n", "x = 1\n# {}\n", "def f():\n    '''{}'''\n"]
)
def test_it_finds_a_riddle_in_docstrings_and_comments(
    riddle: str, form: str, tmp_path: Path
) -> None:
    (tmp_path / "module.py").write_text(form.format(riddle), encoding="utf-8")
    assert prose.flaws(tmp_path / "module.py")


@pytest.mark.parametrize("name", ["page.md", "page.html", "mail.txt"])
def test_it_reads_text_and_passes_over_code(name: str, tmp_path: Path) -> None:
    page = tmp_path / name
    page.write_text("There is no such key. `what is no key`", encoding="utf-8")
    assert prose.flaws(page) == []
    page.write_text("What came is no key.", encoding="utf-8")
    assert prose.flaws(page) == ["write 'is not a': What came is no key."]
