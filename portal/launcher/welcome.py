"""What `make run` prints once the portal answers: the address, and how to try it."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEADINGS = ("email", "password", "role", "account")


def welcome(url: str, checks: str, demo_file: Path | None) -> str:
    """Return the text: the addresses, and for a demo its people and a first request."""
    lines = ["", f"  Portal   {url}   (Ctrl-C stops it)", f"  Gateway  {checks}"]
    if demo_file and demo_file.exists():
        demo = json.loads(demo_file.read_text())
        lines += ["", "  Sign in as", *_people(demo.get("people", []))]
        lines += ["", "  Try a key", *_first_request(url, demo.get("keys", []))]
    return "\n".join([*lines, ""])


def _people(people: Sequence[dict[str, Any]]) -> list[str]:
    rows = [
        (person["email"], person["password"], person["role"], person.get("tenant_id") or "-")
        for person in people
    ]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    return ["    " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in (HEADINGS, *rows)]


def _first_request(url: str, keys: Sequence[dict[str, Any]]) -> list[str]:
    """Return the line to paste, with the first key that belongs to a tenant."""
    for key in keys:
        if key.get("tenant_id"):
            header = shlex.quote(f"api-key: {key['client_secret']}")
            return [f"    curl -sS -H {header} {url}/v1/api-key/self"]
    return ["    (the demo has no key)"]
