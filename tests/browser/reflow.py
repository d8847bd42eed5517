"""What sticks out at 320 CSS pixels (WCAG 2.2, 1.4.10)."""

from playwright.sync_api import Page, ViewportSize

NARROW: ViewportSize = {"width": 320, "height": 640}
TOO_WIDE = """() => [...document.querySelectorAll("html, body, #dialog, main, pre, table")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 0)
  .map((box) => `${box.tagName} ${box.id}: ${box.scrollWidth} in ${box.clientWidth}`)"""


def too_wide(page: Page) -> list[str]:
    """What sticks out of its box to the side."""
    found: list[str] = page.evaluate(TOO_WIDE)
    return found
