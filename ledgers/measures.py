"""How an indicator turns its records into a number: sums and counts, and the few measures that are neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import Aggregate, Case, Count, IntegerField, Max, Q, Sum, Value, When
from django.db.models.functions import ExtractQuarter, ExtractYear

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

    ``additive`` tells whether the figure of a unit is the sum of the figures of the units below it, ``adds_up``
    whether the flow of a year is the sum of the flows of its quarters; where that is not said it follows ``additive``.
    ``nothing`` is the value where there are no records.

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
    nothing: Number | None = 0
    adds_up: bool | None = None
    parts_join: bool = True

    @property
    def is_made_of_parts(self) -> bool:
        """Whether what the database gives for records follows from what it gives for parts of them (``joined``).

        Not so where things are counted once that may be in several parts, or other things than records.
        """
        return self.parts_join and self.derive is None


def joined(one: Any, other: Any) -> Any:
    """What an aggregate gives for two parts together: sums are added, what was collected is put one after the other.

    The one number of ``only`` is asked for where there is one record, and then all other parts have none.
    """
    if one is None or other is None:
        return other if one is None else one
    return f"{one},{other}" if isinstance(one, str) else one + other


def count() -> Measure:
    return Measure(lambda q: Count("pk", filter=q))


def total(name: str) -> Measure:
    return Measure(lambda q: Sum(name, filter=q, default=Value(0)), field=name)


def distinct(name: str) -> Measure:
    return Measure(
        lambda q: Count(name, filter=q, distinct=True), additive=False, field=name, parts_join=False
    )


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
        nothing=None,
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
        nothing=None,
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
        nothing=None,
    )


def made_up(date: str, kind: str, *, full: str, part: str, parts: int, words: str) -> Measure:
    """Records whose ``kind`` is ``full``, and one more for every ``parts`` records of kind ``part`` of one quarter.

    What is left over of one quarter does not help the next: a quarter's figure is its own, and a year's is their sum.
    """

    def add(found: Iterable[tuple[int, bool]]) -> int:
        """From pairs of a quarter's number and whether the record is only a part."""
        counted = Counter(found)
        quarters = {quarter for quarter, _ in counted}
        return sum(counted[quarter, False] + counted[quarter, True] // parts for quarter in quarters)

    def finish(value: Any, base: Any, records: int) -> Number | None:
        return add((int(code) // 2, code[-1] in "13579") for code in (value or "").split(",") if code)

    def recount(records: Sequence[Any]) -> Number | None:
        days = [(getattr(record, date), getattr(record, kind) == part) for record in records]
        return add((day.year * 4 + (day.month - 1) // 3, is_part) for day, is_part in days)

    # One whole number for each record, as Collected hands them over: the quarter, doubled, and 1 for a part.
    quarter = ExtractYear(date) * 4 + ExtractQuarter(date)
    is_part = Case(When(**{kind: part}, then=Value(1)), default=Value(0), output_field=IntegerField())
    return Measure(
        lambda q: Collected(quarter * 2 + is_part, filter=q & Q(**{f"{kind}__in": (full, part)})),
        # Two halves from two villages make a whole of the township.
        additive=False,
        adds_up=True,
        field=kind,
        finish=finish,
        words=words,
        recount=recount,
    )
