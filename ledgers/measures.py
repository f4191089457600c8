"""How an indicator turns its records into a number: sums and counts, and the few measures that are neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import Aggregate, Count, Max, Q, Sum, Value

from ledgers.db import Collected, DaysBetween
from ledgers.periods import Period

if TYPE_CHECKING:
    from ledgers.models import OrgUnit

Number = int | Decimal
#: Figures that are not made of records alone: (unit primary key, period) → value.
Derivation = Callable[[Sequence["OrgUnit"], Sequence[Period]], Mapping[tuple[int, Period], Number | None]]


@dataclass(frozen=True)
class Measure:
    """An aggregate that can be narrowed by a condition: ``count()``, ``total("amount")``, ``distinct("venue")``.

    ``additive`` tells whether the figure of a unit is the sum of the figures of the units below it.

    A measure that is no plain aggregate has a ``finish``: from the aggregate, the one of ``base`` and the number of
    records to the value, None where there is none. It says in ``words`` how the records make the figure, and
    ``recount`` works it out from the records themselves, for checks. ``derive`` takes the place of the aggregate.
    """

    build: Callable[[Q], Aggregate]
    additive: bool = True
    field: str | None = None
    base: Callable[[Q], Aggregate] | None = None
    finish: Callable[[Any, Any, int], Number | None] | None = None
    derive: Derivation | None = None
    words: str = ""
    recount: Callable[[Sequence[Any]], Number | None] | None = None


def count() -> Measure:
    return Measure(lambda q: Count("pk", filter=q))


def total(name: str) -> Measure:
    return Measure(lambda q: Sum(name, filter=q, default=Value(0)), field=name)


def distinct(name: str) -> Measure:
    return Measure(lambda q: Count(name, filter=q, distinct=True), additive=False, field=name)


def share(part: str, whole: str, *, words: str) -> Measure:
    """``part`` in percent of ``whole``, to two decimals; None where the whole is 0 or not known.

    Records that do not know their whole are left out of both.
    """

    def finish(value: Any, base: Any, records: int) -> Number | None:
        return (
            (Decimal(value) * 100 / Decimal(base)).quantize(Decimal("0.01"), ROUND_HALF_UP) if base else None
        )

    def recount(records: Sequence[Any]) -> Number | None:
        known = [record for record in records if getattr(record, whole) is not None]
        return finish(
            sum(getattr(each, part) for each in known), sum(getattr(each, whole) for each in known), 0
        )

    return Measure(
        lambda q: Sum(part, filter=q & Q(**{f"{whole}__isnull": False}), default=Value(0)),
        additive=False,
        field=part,
        base=lambda q: Sum(whole, filter=q, default=Value(0)),
        finish=finish,
        words=words,
        recount=recount,
    )


def only(name: str) -> Measure:
    """The number of the one record there is; None where there is none, or more than one that cannot be added up."""

    def finish(value: Any, base: Any, records: int) -> Number | None:
        return int(value) if records == 1 else None

    return Measure(
        lambda q: Max(name, filter=q),
        additive=False,
        field=name,
        finish=finish,
        words="取这条记录登记的数；几条记录的数不能相加",
        recount=lambda records: getattr(records[0], name) if len(records) == 1 else None,
    )


def median_days(start: str, end: str) -> Measure:
    """The median number of days from one date of a record to another; None where no record has both."""

    def middle(days: Sequence[int]) -> Number | None:
        if not days:
            return None
        found = Decimal(median(days))
        return int(found) if found == found.to_integral_value() else found

    def recount(records: Sequence[Any]) -> Number | None:
        return middle([(getattr(record, end) - getattr(record, start)).days for record in records])

    return Measure(
        # No portable database function gives a median, so the days come over as they are.
        lambda q: Collected(DaysBetween(start, end), filter=q),
        additive=False,
        field=end,
        finish=lambda value, base, records: middle([int(day) for day in (value or "").split(",") if day]),
        words="每条记录所用天数的中位数",
        recount=recount,
    )
