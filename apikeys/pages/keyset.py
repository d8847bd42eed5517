"""Keyset pages: lists continue after a row's values, never after a number of rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Expression, F, Model, Q, QuerySet


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by. `tie` is a unique column that decides between equal values."""

    value: Expression | F
    descending: bool
    tie: str


@dataclass(frozen=True, slots=True)
class Page[M: Model]:
    """One page of rows, with the cursors of the pages around it."""

    rows: list[M]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one list.

    A cursor is signed and belongs to one sort and filter, named by `scope`; with another, or
    broken, it reads as None and the first page answers.
    """

    salt: str
    scope: list[str | bool]

    def write(self, row: Model, order: Order, *, backwards: bool) -> str:
        """The cursor of the page that begins beyond `row`."""
        value: Any = row.sort_value  # type: ignore[attr-defined]  # annotated in page_of
        timed = isinstance(value, datetime)
        place = {"value": value.isoformat() if timed else value, "timed": timed}
        tie = getattr(row, order.tie)
        held = {"for": self.scope, "tie": tie, "backwards": backwards, **place}
        return signing.dumps(held, salt=self.salt, compress=True)

    def read(self, text: str) -> dict[str, Any] | None:
        """What a cursor holds, or None."""
        if not text:
            return None
        try:
            held: dict[str, Any] = signing.loads(text, salt=self.salt)
        except signing.BadSignature:
            return None
        if held["for"] != self.scope:
            return None
        if held["timed"]:
            held["value"] = datetime.fromisoformat(held["value"])
        return held


def page_of[M: Model](
    rows: QuerySet[M], order: Order, cursors: Cursors, cursor: str, *, size: int
) -> Page[M]:
    """The page that `cursor` names, or the first."""
    place = cursors.read(cursor)
    backwards = place is not None and place["backwards"]
    descending = order.descending != backwards
    ordered = rows.annotate(sort_value=order.value)
    if place is not None:
        beyond, value = ("lt" if descending else "gt"), place["value"]
        # Says less than the next condition, and is the one that an index can answer.
        ordered = ordered.filter(**{f"sort_value__{beyond}e": value})
        ordered = ordered.filter(
            Q(**{f"sort_value__{beyond}": value}) | Q(**{f"{order.tie}__{beyond}": place["tie"]})
        )
    minus = "-" if descending else ""
    found = list(ordered.order_by(f"{minus}sort_value", f"{minus}{order.tie}")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    before = more if backwards else place is not None
    after = True if backwards else more
    return Page(
        rows=found,
        newer=cursors.write(found[0], order, backwards=True) if before and found else "",
        older=cursors.write(found[-1], order, backwards=False) if after and found else "",
    )
