"""Help for the samples of quarterly tables: quarters, states as offices have them, and numbers that move a little."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import SampleContext
from ledgers.returns.deadlines import due_on
from ledgers.returns.models import Return

State = Return.State


def quarters_of(context: SampleContext) -> list[Period]:
    """The quarters of the years to fill that have ended, oldest first."""
    return [
        quarter
        for year in context.years
        for quarter in Period(year).quarters
        if quarter.last_day < context.today
    ]


def drift(rng: random.Random, numbers: dict[str, int]) -> dict[str, int]:
    """The next quarter's numbers: each up to 4 % more or less, ``numbers`` moved along."""
    for name, value in numbers.items():
        room = max(value * 4 // 100, 1)
        numbers[name] = max(value + rng.randint(-room, room), 0)
    return dict(numbers)


def spread(total: int, weights: Mapping[str, int], *, least: int) -> dict[str, int]:
    """``total`` shared out by weight, largest first, no share below ``least``; the first takes what is left over."""
    whole = sum(weights.values())
    shares: dict[str, int] = {}
    for name, weight in weights.items():
        share = total * weight // whole
        if share >= least:
            shares[name] = share
    first = next(iter(weights))
    rest = total - sum(shares.values())
    if rest:
        shares[first] = shares.get(first, 0) + rest
    return shares


def returns_of(
    model: type[Return], context: SampleContext, numbers: Callable[[OrgUnit], dict[str, Any]]
) -> Iterator[Any]:
    """Every village's return for every quarter: accepted, but for the last quarter, which is still coming in.

    The first village's draft of the last quarter comes first. Of the last quarter, one village in five has not begun;
    here and there one was late.
    """
    quarters = quarters_of(context)
    if not quarters:
        return
    latest = quarters[-1]
    made: list[Any] = []
    for place, village in enumerate(context.villages):
        for quarter in quarters:
            record = model(unit=village, period=str(quarter), period_end=quarter.last_day, **numbers(village))
            if quarter != latest:
                # One village in its turn hands in after the due day.
                late = place == quarters.index(quarter) % len(context.villages) and quarter.number % 2 == 0
                _hand_in(record, due_on(quarter) + dt.timedelta(days=3 if late else -4))
                record.state, record.accepted_on = State.ACCEPTED, due_on(quarter) + dt.timedelta(days=5)
            elif place % 5 == 4:
                continue
            elif place % 5 in (1, 2):
                _hand_in(record, due_on(quarter) - dt.timedelta(days=2))
            elif place % 5 == 3:
                _hand_in(record, due_on(quarter) - dt.timedelta(days=6))
                record.state, record.accepted_on = State.ACCEPTED, due_on(quarter)
            made.append(record)
    # A draft first: it can be changed and deleted, as contract tests and demonstrations do with the first record.
    made.sort(key=lambda record: (record.state != State.DRAFT, record.period_end))
    yield from made


def in_force(records: Iterable[Any], quarter: Period) -> list[Any]:
    """Each unit's last counted record by the end of ``quarter``, among records that may not be saved yet."""
    latest: dict[int, Any] = {}
    for record in sorted(records, key=lambda each: each.period_end):
        if record.counts and record.period_end <= quarter.last_day:
            latest[record.unit_id] = record
    return list(latest.values())


def _hand_in(record: Return, day: dt.date) -> None:
    record.state = State.SUBMITTED
    record.submitted_on = day
