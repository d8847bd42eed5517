"""Draw the rooms into docs/architecture.md: ``python -m tests.rooms``.

The order comes from import-linter's contracts and the words from each room's docstring.
"""

import ast
import re
import tomllib
from collections.abc import Iterator

from portal.database import REPOSITORY

PAGE = REPOSITORY / "docs" / "architecture.md"
BLOCK = re.compile(r"(?<=python -m tests.rooms -->\n).*?(?=<!-- end -->)", re.DOTALL)
WIDTH = 24
"""Characters of the column with the rooms' names."""


def picture() -> str:
    """Every layers contract of pyproject.toml as a stack of rooms, the highest at the top."""
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    stacks = [
        "\n   ↓\n".join("\n".join(_rooms(layer, container)) for layer in contract["layers"])
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract.get("containers", [""])
    ]
    return "".join(f"```\n{stack}\n```\n" for stack in stacks)


def page() -> str:
    """The text of docs/architecture.md with the picture as it is now."""
    text, found = BLOCK.subn(lambda _: picture(), PAGE.read_text(encoding="utf-8"))
    if found != 1:
        raise LookupError(f"{PAGE} has {found} blocks for the picture of the rooms.")
    return text


def _rooms(layer: str, container: str) -> Iterator[str]:
    """A line for each room of a layer, which import-linter separates by ``|`` or ``:``."""
    for tail in re.split(r"[|:]", layer):
        name = ".".join(filter(None, (container, tail.strip(" ()"))))
        yield f"{name:<{WIDTH}}{_purpose(name)}".rstrip()


def _purpose(name: str) -> str:
    """The first line of a module's docstring; nothing for a module without one."""
    path = REPOSITORY / name.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
