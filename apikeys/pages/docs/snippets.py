"""Calls to paste: an operation of the OpenAPI document in curl, Python and JavaScript.

They read the environment variables that the page's first chapter sets. Whoever pastes the curl
calls of the page from top to bottom runs into nothing but what the key's role refuses: the call
that creates a key notes its client ID for those that act on it.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

type Json = dict[str, Any]

CLIENT_ID = "CLIENT_ID"
"""The variable with the key that is read and renamed: at first the calling one."""
NEW_CLIENT_ID = "NEW_CLIENT_ID"
"""The variable with the key that the example made. What could stop or weaken a key that somebody
needs is shown on this one alone."""
ON_ANY_KEY = frozenset({"read_key", "edit_key"})

_IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Snippet:
    """One call in one language; `note` says what it needs."""

    language: str
    slug: str
    note: str
    code: str


@dataclass(frozen=True, slots=True)
class ExampleCall:
    """What the snippets of one operation send."""

    method: str
    path: str
    body: Json | None = None
    repeatable: bool = False
    makes_a_key: bool = False
    key: str = CLIENT_ID

    @property
    def plain(self) -> bool:
        """Whether it is a GET without a body, which needs the fewest words."""
        return self.method == "GET"

    def address(self, *, base: str, variable: str) -> str:
        """The address, with `variable` (a format for a variable's name) for what varies."""
        path = re.sub(r"{\w+}", lambda _: variable.format(self.key), self.path)
        return base + path


def snippets(call: ExampleCall) -> tuple[Snippet, ...]:
    """The call in every language, the one that most people paste first."""
    return (
        Snippet("curl", "curl", "Any POSIX shell", curl(call)),
        Snippet("Python", "python", "Standard library alone", python(call)),
        Snippet("JavaScript", "javascript", "Node 20 or newer, as a module", javascript(call)),
    )


def curl(call: ExampleCall) -> str:
    """The call for a POSIX shell. `-i` shows the status, which is all that some answers are."""
    lines = ["curl -sS -i" if call.plain else f"curl -sS -i -X {call.method}"]
    lines[0] += f' "{call.address(base="$API_URL", variable="${}")}"'
    lines.append('-H "api-key: $API_KEY"')
    if call.body is not None:
        lines.append('-H "Content-Type: application/json"')
    if call.repeatable:
        lines.append(f'-H "{_IDEMPOTENCY_KEY}: \\"$(date +%s)\\""')
    if call.body is not None:
        lines.append(f"-d {json_word(call.body)}")
    command = " \\\n  ".join(lines)
    return _noting_the_key(command) if call.makes_a_key else command


def json_word(body: Json) -> str:
    """The body as one word of a POSIX shell, indented like the option that it follows."""
    text = json.dumps(body, indent=2, ensure_ascii=False).replace("\n", "\n  ")
    return "'" + text.replace("'", "'\\''") + "'"


def _noting_the_key(command: str) -> str:
    note = noted(NEW_CLIENT_ID, "client_id")
    return f"ANSWER=$({command})\nprintf '%s\\n' \"$ANSWER\"\n{note}"


def noted(variable: str, field: str) -> str:
    """Shell lines that keep a field of `$ANSWER`, or "none" when a refusal has no such field."""
    return (
        f"{variable}=$(printf '%s' \"$ANSWER\" | "
        f'sed -n \'s/.*"{field}": *"\\([^"]*\\)".*/\\1/p\')\n'
        f'export {variable}="${{{variable}:-none}}"'
    )


def python(call: ExampleCall) -> str:
    """The call with the standard library alone, as a script or pasted into a prompt."""
    imports = ["import os", "import urllib.error", "import urllib.request"]
    address = call.address(base="{os.environ['API_URL']}", variable="{{os.environ['{}']}}")
    arguments = [f'f"{address}"']
    headers = ['"api-key": os.environ["API_KEY"]']
    if not call.plain:
        arguments.append(f'method="{call.method}"')
    if call.body is not None:
        imports.insert(0, "import json")
        headers.append('"Content-Type": "application/json"')
        arguments.append(f"data=json.dumps({_python_dict(call.body)}).encode()")
    if call.repeatable:
        imports.append("import uuid")
        headers.append(f'"{_IDEMPOTENCY_KEY}": f\'"{{uuid.uuid4()}}"\'')
    inside = "".join(f"\n        {each}," for each in headers)
    arguments.insert(1, f"headers={{{inside}\n    }}")
    given = "".join(f"\n    {each}," for each in arguments)
    return "\n".join([*imports, "", f"request = urllib.request.Request({given}\n)", _PYTHON]) + (
        _PYTHON_NOTING if call.makes_a_key else ""
    )


# The empty line after the block lets a prompt see its end.
_PYTHON = """\
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as refusal:
    answer = refusal

text = answer.read().decode()
print(answer.status, text)"""
_PYTHON_NOTING = f"""
print("export {NEW_CLIENT_ID}=" + json.loads(text).get("client_id", "none"))"""


def _python_dict(body: Json) -> str:
    lines = "".join(f"\n        {_word(name)}: {_word(value)}," for name, value in body.items())
    return f"{{{lines}\n    }}"


def _word(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def javascript(call: ExampleCall) -> str:
    """The call with `fetch`, as a module for Node or Deno."""
    address = call.address(base="${process.env.API_URL}", variable="${{process.env.{}}}")
    headers = ['"api-key": process.env.API_KEY']
    options = [] if call.plain else [f'method: "{call.method}"']
    if call.body is not None:
        headers.append('"Content-Type": "application/json"')
    if call.repeatable:
        headers.append(f'"{_IDEMPOTENCY_KEY}": `"${{crypto.randomUUID()}}"`')
    if len(headers) == 1:
        options.append(f"headers: {{ {headers[0]} }}")
    else:
        inside = "".join(f"\n    {each}," for each in headers)
        options.append(f"headers: {{{inside}\n  }}")
    if call.body is not None:
        body = "".join(f"\n    {name}: {json.dumps(value)}," for name, value in call.body.items())
        options.append(f"body: JSON.stringify({{{body}\n  }})")
    given = "".join(f"\n  {each}," for each in options)
    return f"const answer = await fetch(`{address}`, {{{given}\n}});\n" + (
        _JAVASCRIPT_NOTING if call.makes_a_key else _JAVASCRIPT
    )


_JAVASCRIPT = "console.log(answer.status, await answer.text());"
_JAVASCRIPT_NOTING = f"""\
const text = await answer.text();
console.log(answer.status, text);
console.log(`export {NEW_CLIENT_ID}=${{JSON.parse(text).client_id ?? "none"}}`);"""


def setting_up(url: str) -> str:
    """The lines that the others stand on; the reader puts their secret in."""
    return f'export API_URL="{url}"\nexport API_KEY="{PLACEHOLDER}"'


PLACEHOLDER = "YOUR_CLIENT_SECRET"

NAMING_KEYS = f'export {CLIENT_ID}="${{API_KEY%_*}}"\nexport {NEW_CLIENT_ID}=none'
"""A client secret begins with its client ID."""
