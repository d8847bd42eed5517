"""The log as it is written."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from portal.logs import logging_config


class WrittenLog:
    """What the portal's handler has written so far."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        formatter: Any = logging_config("DEBUG", as_json=True)["formatters"]["structured"]
        self.handler.setFormatter(formatter.pop("()")(**formatter))

    @property
    def text(self) -> str:
        """All of it."""
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's facts."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Iterator[WrittenLog]:
    """The log, in all its levels, from here on."""
    log, root = WrittenLog(), logging.getLogger()
    before = root.level
    root.addHandler(log.handler)
    root.setLevel("DEBUG")
    yield log
    root.removeHandler(log.handler)
    root.setLevel(before)
