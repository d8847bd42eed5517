"""What the address of a sorted list says: its search, its sort, and how its links change them."""

from typing import ClassVar
from urllib.parse import urlencode

from accounts.text_rules import one_line

SEARCH_MAX = 100
"""Characters of a search that are read; no name or client ID is longer."""


def searched(text: str) -> str:
    """What somebody searches for, written as the texts are stored in which it is looked for."""
    return one_line(text.replace("\x00", ""))[:SEARCH_MAX]


class SortedList:
    """The links of a list whose query, a dataclass with a `sort`, extends this."""

    __slots__ = ()
    first_sort: ClassVar[str]
    """The sort that the address does not name."""
    first_click: ClassVar[dict[str, str]]
    """Sorts of which the interesting end is the descending one, with what a click leads to."""
    sort: str

    def filters(self) -> dict[str, str]:
        """The search and the filters as the address says them; what is off is empty."""
        raise NotImplementedError

    def url(self, path: str, **changes: str) -> str:
        """The same view with `changes`; a new sort or filter starts on the first page."""
        sort = self.sort if self.sort != self.first_sort else ""
        values = self.filters() | {"sort": sort, "cursor": ""} | changes
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path

    def direction(self, column: str) -> str:
        """How the list is sorted by `column`, in the words of aria-sort; "" if it is not."""
        if self.sort.removeprefix("-") != column:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"

    def toggled(self, column: str) -> str:
        """What a click on the column's head sorts by."""
        first = self.first_click.get(column, column)
        if self.sort != first:
            return first
        return first.removeprefix("-") if first.startswith("-") else f"-{first}"
