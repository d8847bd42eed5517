"""Checks that wait for the database without a task of their own.

What must ask is a generator: it yields each question and is sent the result. Whoever answers
requests takes the steps as the answers come, which is a fifth cheaper than a coroutine that awaits
futures (measured), and as easy to read.
"""

import asyncio
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial

from psycopg.pq.abc import PGresult


@dataclass(slots=True, eq=False)
class Question:
    """Something asked of the database. The asker sets `heard`, which is called once."""

    statement: bytes
    parameters: Sequence[bytes]
    end: float
    """When its answer is too late, by the loop's clock."""
    repeatable: bool
    heard: Callable[[PGresult | None], None] = field(init=False)
    """Hears the result, in binary, or None if nobody can know it in time."""


type Steps[T] = Generator[Question, PGresult | None, T]
"""What leads to a `T` by way of the database: yields its questions and is sent their results.

It waits for nothing itself, so that whoever takes the steps needs no task for it. A step that ends
in an exception ends all.
"""


async def taken[T](steps: Steps[T]) -> T:
    """Take the steps in the event loop's own way."""
    result = None
    while True:
        try:
            question = steps.send(result)
        except StopIteration as end:
            found: T = end.value
            return found
        answer: asyncio.Future[PGresult | None] = asyncio.get_running_loop().create_future()
        question.heard = partial(_hear, answer)
        result = await answer


def _hear(answer: "asyncio.Future[PGresult | None]", result: PGresult | None) -> None:
    if not answer.done():  # the asker may have gone
        answer.set_result(result)
