"""Find sentences that a reader must read twice: ``python -m tests.prose`` lists them all.

It reads documents, templates, docstrings and comments. The rules are few, because each must
hardly ever flag a plain sentence. People find the rest.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from portal.database import REPOSITORY

LONGEST = 35
"""Words of a sentence."""
RIDDLES = {
    "say what it is": re.compile(r"\bwhat (is|are|was|were) (no|not there|nobody['’]s)\b", re.I),
    "write 'is not a'": re.compile(
        r"(?<!there )\b(is|are) no (?!longer|more|other|worse)\w+", re.I
    ),
    "write 'no' or say whose": re.compile(r"\bnobody['’]s\b", re.I),
    "write 'except'": re.compile(r"\bbut for\b", re.I),
}
"""What to do, and the words that call for it."""

_OLD_RECORD = re.compile(r"decisions/00(0\d|1[0-3])-")
"""Decisions that keep the words of their day."""
_INLINE = re.compile(r"</?(?:a|strong|em|b|code|span|kbd)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")
_SENTENCE_END = re.compile(r"(?<=[.!?:])[”\"')*]*\s+")


def files() -> list[Path]:
    """Every file with prose of ours."""
    found = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "deploy").rglob("*.md")]
    found += [
        path for path in (REPOSITORY / "docs").rglob("*.md") if not _OLD_RECORD.search(f"{path}")
    ]
    found += [path for end in ("*.html", "*.txt") for path in (REPOSITORY / "templates").rglob(end)]
    for folder in ("accounts", "apikeys", "portal", "tests"):
        found += (REPOSITORY / folder).rglob("*.py")
    return sorted(found)


def flaws(path: Path) -> list[str]:
    """Each sentence of the file that breaks a rule, with what to do about it."""
    return [
        f"{advice}: {sentence}"
        for block in _blocks(path)
        for number, sentence in enumerate(_SENTENCE_END.split(" ".join(block.split())))
        for advice in _broken(sentence, opens=number == 0)
    ]


def _broken(sentence: str, *, opens: bool) -> Iterator[str]:
    if len(re.findall(r"\w[\w'’]*", sentence)) > LONGEST:
        yield f"make it two sentences (more than {LONGEST} words)"
    yield from (advice for advice, riddle in RIDDLES.items() if riddle.search(sentence))
    # A title such as "Who may do what" opens a block; a sentence within it has a main verb.
    if not opens and re.match(r"Who (?!.*\?$)", sentence):
        yield "write 'whoever', or say who"


def _blocks(path: Path) -> Iterator[str]:
    """The paragraphs, list items and table cells of a file, without code."""
    text = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            for prose in (*_docstrings(text), *_comments(text)):
                yield from _paragraphs(prose)
        case ".md":
            yield from _paragraphs(re.sub(r"```.*?```", "\n\n", text, flags=re.S))
        case _:
            text = re.sub(
                r"{%.*?%}|\bContext:.*?(?=#})|<(script|style)\b.*?</\1>", "", text, flags=re.S
            )
            text = re.sub(r"{{.*?}}", "name", text)
            yield from _paragraphs(_TAG.sub("\n\n", _INLINE.sub("", text)))


def _paragraphs(text: str) -> Iterator[str]:
    text = re.sub(r"``?[^`\n]*``?", "code", text)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    yield from re.split(r"\n\s*\n|\n\s*(?:[-*#|>]|\d+\.)\s|\|", text)


def _docstrings(source: str) -> Iterator[str]:
    """Every string that stands alone: docstrings of modules, functions, classes and attributes."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield text


def _comments(source: str) -> Iterator[str]:
    """Comments, those on lines one below the other as one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    numbered = enumerate(comments)
    for _, group in groupby(numbered, key=lambda pair: pair[1].start[0] - pair[0]):
        yield "\n".join(token.string.removeprefix("#") for _, token in group)


if __name__ == "__main__":
    for _path in files():
        for _flaw in flaws(_path):
            print(f"{_path.relative_to(REPOSITORY)}: {_flaw}")  # noqa: T201 - its output is its use
