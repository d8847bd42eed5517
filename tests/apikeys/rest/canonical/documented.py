"""The documentation page's examples as a reader finds them: in its HTML, from top to bottom."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx

from apikeys.pages.docs.snippets import PLACEHOLDER
from apikeys.rest.openapi import canonical
from apikeys.services.keys import CreatedKey
from tests.served_portal import ServedPortal

SETTING_UP = ("setting-up", "naming-keys")
MERCHANT = "merchant-curl"
_MARK = "=== next example ==="
_STATUS_LINE = re.compile(r"HTTP/[\d.]+ (\d{3})")
_SECONDS = 120
_TOOLS = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@dataclass(frozen=True)
class Answered:
    """What an example printed."""

    status: int
    body: Any

    @property
    def refusal(self) -> tuple[int, str, str, str]:
        """What a refused caller can see of the reason."""
        return self.status, self.body["code"], self.body["permission"], self.body["role"]


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self._open = dict(attrs).get("id") or ""
            self.found[self._open] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre":
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[self._open] += data


def blocks(portal: ServedPortal) -> dict[str, str]:
    """Every block of code on the page by its id, in the page's order."""
    parser = _Blocks()
    parser.feed(httpx.get(f"{portal.url}/docs/").text)
    return parser.found


def of_language(found: dict[str, str], slug: str) -> dict[str, str]:
    """One example for each operation in this language, by operation."""
    names = operations()
    by_name = {block.removesuffix(f"-{slug}"): code for block, code in found.items()}
    return {name: code for name, code in by_name.items() if name in names}


def operations() -> dict[str, dict[str, Any]]:
    """Every operation of the canonical API by its name, as the OpenAPI document has it."""
    items = canonical.paths().values()
    found = [said for item in items for said in item.values() if isinstance(said, dict)]
    return {said["operationId"]: said for said in found}


def in_one_shell(found: dict[str, str], codes: list[str], key: CreatedKey) -> list[str]:
    """Paste `codes` into one shell whose environment is empty; return what each printed."""
    first = [found[name].replace(PLACEHOLDER, key.secret.text) for name in SETTING_UP]
    pasted = f"\necho; echo '{_MARK}'\n".join(["\n".join(first), *codes])
    done = subprocess.run(
        ["bash"],
        input=pasted,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
        env=_TOOLS,
    )
    assert done.stderr == ""
    return done.stdout.split(_MARK)[1:]


def of_curl(printed: str) -> list[Answered]:
    """The answers that curl printed with their headers."""
    text = printed.replace("\r\n", "\n")
    starts = [match.start() for match in _STATUS_LINE.finditer(text)]
    answers = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [_answered(each.split()[1], each.partition("\n\n")[2]) for each in answers]


def by_python(code: str, env: dict[str, str]) -> tuple[Answered, dict[str, str]]:
    """Run a script of its own; return the answer and what it tells to export."""
    done = subprocess.run(
        [sys.executable, "-I", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
        env=env,
    )
    return of_script(done.stdout)


def of_script(printed: str) -> tuple[Answered, dict[str, str]]:
    """The answer that a script printed behind its status, and what it tells to export."""
    answer, *exports = printed.splitlines()
    status, _, body = answer.partition(" ")
    told = [each.removeprefix("export ").split("=", 1) for each in exports]
    return _answered(status, body), dict(told)


def environment(portal: ServedPortal, key: CreatedKey) -> dict[str, str]:
    """What the page's first chapter sets."""
    return {
        "API_URL": portal.url,
        "API_KEY": key.secret.text,
        "CLIENT_ID": key.key.client_id,
        "NEW_CLIENT_ID": "none",
    }


def _answered(status: str, body: str) -> Answered:
    return Answered(int(status), json.loads(body) if body.strip() else None)
