"""Rows that no asked period tells apart, added up together: one pass over a table for any number of periods.

Most conditions only compare dates of a record with first and last days of periods. Between two neighbouring ones of
these days all records are alike, so the database adds them up once for each such slice of time, and every figure of
every period is a sum of slices. An aggregate for each figure and period would ask each row a hundred questions.
"""

from __future__ import annotations

import datetime as dt
import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    Aggregate,
    Count,
    DateField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    Value,
)

from ledgers.measures import Number, joined
from ledgers.periods import Period
from ledgers.spans import spanned

if TYPE_CHECKING:
    from ledgers.indicators import Condition, Indicator
    from ledgers.models import Record, RecordQuerySet

#: The number of the slice in each date that is compared; None where the record does not have the date.
Place = tuple[int | None, ...]
#: The numbers of ``Slicing.columns`` by place.
ByPlace = dict[Place, list[Any]]
#: The same by a key for some units together.
Sums = dict[int | None, ByPlace]
#: A question about a date: its field, the lookup, and what it is compared with.
Question = tuple[str, str, Any]

_DAY: Final = dt.timedelta(days=1)
_PLAIN: Final = (str, int, Decimal)
_ANSWERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "range": lambda day, bounds: bounds[0] <= day <= bounds[1],
}
#: The days from which on the answer is another one.
_TURNS: Final[dict[str, Callable[[Any], tuple[dt.date, ...]]]] = {
    "lt": lambda day: (day,),
    "lte": lambda day: (day + _DAY,),
    "gt": lambda day: (day + _DAY,),
    "gte": lambda day: (day,),
    "range": lambda bounds: (bounds[0], bounds[1] + _DAY),
}


class _Slice(Func):
    """The number of the slice that a date falls into, NULL where there is none.

    What Case and When would say, which take Django as long to put together as all the rest of the query.
    """

    output_field = IntegerField()

    def __init__(self, date: F, cuts: Sequence[dt.date]) -> None:
        super().__init__(date)
        self.cuts = cuts

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        date, own = compiler.compile(self.source_expressions[0])
        parts, parameters = [], []
        for number, day in enumerate(self.cuts):
            parts.append(f"WHEN {date} < %s THEN {number}")
            parameters += [*own, connection.ops.adapt_datefield_value(day)]
        return f"CASE {' '.join(parts)} WHEN {date} IS NOT NULL THEN {len(parts)} END", [*parameters, *own]


@dataclass(frozen=True)
class Split:
    """A condition in two parts that both have to be met: about the record's dates, and about its other fields."""

    dated: Q
    rest: Q


@dataclass(frozen=True)
class Slicing:
    """How figures of one kind of record, at any of some periods, are put together of slices; ``of`` makes one."""

    members: Mapping[str, Indicator]
    splits: Mapping[tuple[str, Period], Split]
    #: Each date that is compared → the first day of each of its slices but the first.
    cuts: Mapping[str, Sequence[dt.date]]
    columns: Mapping[str, Aggregate]
    #: Code → the columns of its value, of what that is a share of, and of its number of records.
    names: Mapping[str, tuple[str, str, str]]

    @classmethod
    def of(cls, members: Sequence[Indicator], periods: Sequence[Period]) -> Slicing | None:
        """None where not all of the figures can be sliced (see ``can_slice``), or there is nothing to slice."""
        if not all(can_slice(member, periods) for member in members):
            return None
        splits: dict[tuple[str, Period], Split] = {}
        columns: dict[str, Aggregate] = {}
        names: dict[str, tuple[str, str, str]] = {}
        counts: dict[Q, str] = {}
        for place, member in enumerate(members):
            found = [_split(member.records, member.condition, period) for period in periods]
            splits |= {
                (member.code, period): each for period, each in zip(periods, found, strict=True) if each
            }
            rest, measure = splits[member.code, periods[0]].rest, member.measure
            if rest not in counts:
                counts[rest] = f"n{place}"
                columns[counts[rest]] = Count(Value(1), filter=rest)
            value = base = counts[rest]
            if measure.field is not None:
                value = base = f"v{place}"
                columns[value] = measure.build(rest)
            if measure.base is not None:
                base = f"b{place}"
                columns[base] = measure.base(rest)
            names[member.code] = value, base, counts[rest]
        cuts: dict[str, set[dt.date]] = {}
        for split in splits.values():
            for name, lookup, value in _questions(split.dated):
                cuts.setdefault(name, set()).update(_TURNS[lookup](value) if lookup in _TURNS else ())
        if not cuts:
            return None
        by_code = {member.code: member for member in members}
        return cls(by_code, splits, {name: sorted(days) for name, days in cuts.items()}, columns, names)

    def sums(self, records: RecordQuerySet, by: Mapping[int, int | None] | None = None) -> Sums:
        """``records`` added up, by one query: under the key that ``by`` has for their unit's, all others under None."""
        units = [] if by is None else ["unit_id"]
        slices = {f"slice_{name}": _Slice(F(name), days) for name, days in self.cuts.items()}
        rows = (
            records.filter(spanned([split.dated for split in self.splits.values()]))
            .values(*units, **slices)
            .annotate(**self.columns)
            .values_list(*units, *slices, *self.columns)
        )
        found: Sums = {}
        first = len(units) + len(slices)
        for row in rows.order_by():
            place, numbers = row[len(units) : first], row[first:]
            of_anchor = found.setdefault(by.get(row[0]) if by is not None else None, {})
            so_far = of_anchor.get(place)
            of_anchor[place] = list(numbers) if so_far is None else list(map(joined, so_far, numbers))
        return found

    def place_of(self, days: Iterable[dt.date | None]) -> Place:
        """Where a record with these dates is added up; ``days`` are in the order of ``cuts``."""
        cuts = zip(days, self.cuts.values(), strict=True)
        return tuple(None if day is None else bisect_right(each, day) for day, each in cuts)

    def figure(self, code: str, period: Period, found: Iterable[ByPlace]) -> tuple[Number | None, int]:
        """Value and number of records of a figure, over all that is ``found``."""
        split, measure = self.splits[code, period], self.members[code].measure
        parts = [
            by_place[place] for by_place in found for place in by_place if self._is_met(split.dated, place)
        ]
        value, base, count = (
            reduce(joined, (part[self._columns[name]] for part in parts), None) for name in self.names[code]
        )
        if measure.finish is not None:
            value = measure.finish(value, base, count or 0)
        return measure.nothing if value is None else value, count or 0

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.columns)}

    @cached_property
    def _met(self) -> dict[tuple[int, Place], bool]:
        return {}

    def _is_met(self, dated: Q, place: Place) -> bool:
        # Equal conditions are one object (see _split), and most figures of a period share theirs.
        key = id(dated), place
        if key not in self._met:
            days = {
                name: None if number is None else _day_in(number, cuts)
                for number, (name, cuts) in zip(place, self.cuts.items(), strict=True)
            }
            self._met[key] = _holds(dated, days)
        return self._met[key]


def can_slice(member: Indicator, periods: Sequence[Period]) -> bool:
    """Whether a figure is one of all parts, and asks for nothing but dates and plain fields of the record's own."""
    if not periods or not member.measure.is_made_of_parts:
        return False
    rests = [
        split and split.rest for split in (_split(member.records, member.condition, each) for each in periods)
    ]
    return rests[0] is not None and all(rest == rests[0] for rest in rests)


def _day_in(number: int, cuts: Sequence[dt.date]) -> dt.date:
    """A day of the slice; any of them gives the same answers."""
    if number:
        return cuts[number - 1]
    return cuts[0] - _DAY if cuts else dt.date.min


@lru_cache(maxsize=5000)
def _split(model: type[Record], condition: Condition, period: Period) -> Split | None:
    """The condition of a period in two; None where that cannot be done."""
    whole = condition(period)
    parts = whole.children if whole.connector == Q.AND and not whole.negated else [whole]
    dated, rest = Q(), Q()
    for part in (each if isinstance(each, Q) else Q(each) for each in parts):
        if all(_is_dated(model, question) for question in _questions(part)) and not _negates(part):
            dated &= part
        elif all(_is_plain(model, question) for question in _questions(part)):
            rest &= part
        else:
            return None
    return Split(_one(dated), rest)


@lru_cache(maxsize=5000)
def _one(condition: Q) -> Q:
    """One object for all conditions that are equal."""
    return condition


def _questions(condition: Q) -> Iterator[Question]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _questions(child)
        elif isinstance(child, tuple):
            path, value = child
            name, _, lookup = path.partition("__")
            yield name, lookup or "exact", value
        else:
            yield "", "expression", child


def _negates(condition: Q) -> bool:
    """An unknown date meets neither a condition nor its contrary; and nothing here asks so."""
    return (
        condition.negated
        or condition.connector == Q.XOR
        or any(_negates(child) for child in condition.children if isinstance(child, Q))
    )


def _is_dated(model: type[Record], question: Question) -> bool:
    """Whether it is about a date of the record, and has one answer for all days of a slice."""
    name, lookup, value = question
    field = _field(model, name)
    if not isinstance(field, DateField) or isinstance(field, DateTimeField):
        return False
    days = value if lookup == "range" else [value]
    return lookup == "isnull" or (lookup in _ANSWERS and all(type(day) is dt.date for day in days))


def _is_plain(model: type[Record], question: Question) -> bool:
    """Whether it compares a field of the record's own table, and no date, with fixed values."""
    name, _, value = question
    field = _field(model, name)
    if field is None or field.is_relation or isinstance(field, DateField):
        return False
    return all(isinstance(each, _PLAIN) for each in (value if isinstance(value, list | tuple) else [value]))


def _field(model: type[Record], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _holds(condition: Q, days: Mapping[str, dt.date | None]) -> bool:
    """Whether a record of these dates meets the condition."""
    if not condition.children:
        return True
    answers = (
        _holds(child, days) if isinstance(child, Q) else _answer(next(_questions(Q(child))), days)
        for child in condition.children
    )
    return all(answers) if condition.connector == Q.AND else any(answers)


def _answer(question: Question, days: Mapping[str, dt.date | None]) -> bool:
    name, lookup, value = question
    day = days[name]
    if lookup == "isnull":
        return (day is None) is value
    return day is not None and _ANSWERS[lookup](day, value)
