"""Help for ``Ledger.samples``: working days, and texts that do not repeat."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator

from ledgers.registry import SampleContext

FORGOTTEN = dt.timedelta(weeks=6)


def working_day(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day from ``first`` to ``last``, moved off the weekend where there is room."""
    day = first + dt.timedelta(days=rng.randrange((last - first).days + 1))
    while day.weekday() > 4 and day > first:
        day -= dt.timedelta(days=1)
    return day


def day_of_year(rng: random.Random, year: int, months: tuple[int, int] = (1, 12)) -> dt.date:
    """A working day of ``year``, within the months from the first to the second."""
    first, last = months
    return working_day(rng, dt.date(year, first, 4), dt.date(year, last, 28))


def after(rng: random.Random, day: dt.date, shortest: int, longest: int) -> dt.date:
    return day + dt.timedelta(days=rng.randint(shortest, longest))


def past(day: dt.date | None, context: SampleContext) -> dt.date | None:
    """``day`` if it has come, else None: what lies ahead of today has not been done yet."""
    return day if day is not None and day <= context.today else None


def settled(day: dt.date, due: dt.date, context: SampleContext, *, left: bool) -> dt.date | None:
    """The day on which something was done, or None while it is open.

    What is ``left`` lying is so for the few weeks in which an office may forget it; nobody forgets it for years.
    """
    return None if left and context.today - due <= FORGOTTEN else past(day, context)


class Titles:
    """Keeps titles apart: the second 宣传活动 of a village on one day becomes its 第2场."""

    def __init__(self) -> None:
        self._seen: dict[object, int] = {}

    def distinct(self, title: str, *within: object) -> str:
        count = self._seen[(title, *within)] = self._seen.get((title, *within), 0) + 1
        return title if count == 1 else f"{title}（第{count}场）"


def rounds(context: SampleContext) -> Iterator[int]:
    """``scale`` rounds of the ordinary quantity."""
    yield from range(context.scale)
