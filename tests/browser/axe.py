"""axe-core looks at a page, in light and in dark."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async (options) => (await axe.run(options)).violations.flatMap(
  ({id, nodes}) => nodes.map(({target, any}) => `${id}: ${target} ${any.map((a) => a.message)}`)
)"""
EVERY_RULE: dict[str, Any] = {"resultTypes": ["violations"]}
# Only colours differ in the dark; the heavy run does not rely on that.
COLOURS = EVERY_RULE if os.environ.get("PROVE") else {**EVERY_RULE, "runOnly": ["color-contrast"]}


def violations(page: Page) -> list[str]:
    """What axe finds, each with the colour scheme, the rule and the element."""
    page.evaluate(SOURCE)
    page.emulate_media(color_scheme="light")
    found = [f"light: {violation}" for violation in page.evaluate(RUN, EVERY_RULE)]
    page.emulate_media(color_scheme="dark")
    return found + [f"dark: {violation}" for violation in page.evaluate(RUN, COLOURS)]
