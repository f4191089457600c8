"""Indicators: a figure and the records behind it, from one declaration.

An indicator is a model, a condition for a period, and an aggregate. The drill-down list filters by the very
condition that the figure aggregates over, so the two cannot disagree. Because the condition is a ``Q`` and not a
whole queryset, all indicators of a model, all units of one level and all periods of a page come out of one query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q

# Declarations take everything they need from here.
from ledgers.goals import Goal
from ledgers.measures import Measure, Number
from ledgers.measures import count as count
from ledgers.measures import distinct as distinct
from ledgers.measures import made_up as made_up
from ledgers.measures import median_days as median_days
from ledgers.measures import only as only
from ledgers.measures import share as share
from ledgers.measures import total as total
from ledgers.periods import Period

if TYPE_CHECKING:
    from ledgers.models import OrgUnit, Record, RecordQuerySet

FLOW: Final = "flow"
STOCK: Final = "stock"

Condition = Callable[[Period], Q]


@dataclass(frozen=True)
class Indicator:
    code: str
    label: str
    unit: str
    kind: str
    records: type[Record]
    measure: Measure
    condition: Condition
    synonyms: tuple[str, ...] = ()
    #: A clause for generated prose with ``{}`` for the value and its unit: ``召开专题研究会议{}``.
    phrase: str = ""
    decimals: int = 0
    #: Code of the indicator that counts all of what this one counts some of: a target may ask for all of them.
    part_of: str = ""
    #: Whether reports tell it. Not where it only counts again what other figures have told, for the sake of a target.
    is_said: bool = True
    #: Whether it tells how far returns have come, and nothing of people or work: shown after all others.
    is_paperwork: bool = False

    @property
    def family(self) -> str:
        return self.code.partition(".")[0]

    @property
    def adds_up(self) -> bool:
        """Whether the figure of a year is the sum of those of its parts, so that a target can be set for each part."""
        measure = self.measure
        return self.kind == FLOW and (measure.additive if measure.adds_up is None else measure.adds_up)

    def queryset(self, unit: OrgUnit, period: Period) -> RecordQuerySet:
        """The records behind the figure of ``unit`` (with all units below it) in ``period``."""
        return self.records._default_manager.within(unit).filter(self.condition(period))

    def format(self, value: Number | None) -> str:
        """The value as print has it, without its unit: no trailing zeros, no thousands separator."""
        if value is None:
            return ""
        return (
            f"{Decimal(value):.{self.decimals}f}".rstrip("0").rstrip(".") if self.decimals else f"{value:.0f}"
        )


@dataclass(frozen=True)
class Figure:
    """One indicator for one unit and period. ``None`` means that nothing is known, never zero."""

    indicator: Indicator
    period: Period
    value: Number | None
    records: int
    previous: Number | None = None
    same_period_last_year: Number | None = None
    target: Decimal | None = None
    #: Where the target comes from; a yearly one is the goal of a quarter too, but asks nothing of it.
    goal: Goal | None = None

    @property
    def code(self) -> str:
        return self.indicator.code

    @property
    def label(self) -> str:
        return self.indicator.label

    @property
    def unit(self) -> str:
        return self.indicator.unit

    @property
    def kind(self) -> str:
        return self.indicator.kind

    @property
    def text(self) -> str:
        return self.indicator.format(self.value)

    @property
    def qoq(self) -> Change | None:
        return Change.between(self.previous, self.value)

    @property
    def yoy(self) -> Change | None:
        return Change.between(self.same_period_last_year, self.value)

    def as_json(self) -> dict[str, Any]:
        """The row of ``manage.py indicators --json``; whole numbers are integers."""
        return {
            "code": self.code,
            "label": self.label,
            "unit": self.unit,
            "kind": self.kind,
            "value": plain_number(self.value),
            "previous": plain_number(self.previous),
            "same_period_last_year": plain_number(self.same_period_last_year),
            "target": plain_number(self.target),
            "records": self.records,
        }


@dataclass(frozen=True)
class Change:
    """A difference and, where the base is not zero, its rate in percent to one decimal."""

    difference: Number
    rate: Decimal | None

    @classmethod
    def between(cls, before: Number | None, now: Number | None) -> Change | None:
        if before is None or now is None:
            return None
        difference = now - before
        rate = (Decimal(difference) * 100 / Decimal(before)).quantize(Decimal("0.1")) if before else None
        return cls(difference, rate)


def plain_number(value: Number | None) -> int | float | None:
    if value is None or isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


#: Where goals come from; the family that keeps the target ledger installs it (see ``set_goal_source``).
GoalSource = Callable[[Sequence["OrgUnit"], Period, Sequence[str]], dict[int, dict[str, Goal]]]


@dataclass
class IndicatorRegistry:
    _by_code: dict[str, Indicator] = field(default_factory=dict)
    _goal_source: GoalSource | None = None
    #: The ledger that goals come from, by its slug.
    goals_kept_in: str = ""

    def add(self, indicator: Indicator) -> None:
        if indicator.code in self._by_code:
            raise ImproperlyConfigured(f"Indicator {indicator.code!r} is declared twice.")
        if indicator.kind not in (FLOW, STOCK):
            raise ImproperlyConfigured(f"Indicator {indicator.code!r} is neither a flow nor a stock.")
        self._by_code[indicator.code] = indicator

    def get(self, code: str) -> Indicator:
        """The indicator of ``code``; raises KeyError."""
        return self._by_code[code]

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def all(self) -> list[Indicator]:
        """In the order of declaration, families together."""
        return [indicator for members in self.by_family().values() for indicator in members]

    def by_family(self) -> dict[str, list[Indicator]]:
        grouped: dict[str, list[Indicator]] = {}
        for indicator in self._by_code.values():
            grouped.setdefault(indicator.family, []).append(indicator)
        return grouped

    def set_goal_source(self, source: GoalSource, *, kept_in: str) -> None:
        self._goal_source, self.goals_kept_in = source, kept_in

    def goals(self, unit: OrgUnit, period: Period, codes: Sequence[str]) -> dict[str, Goal]:
        """What ``unit`` itself is held to in the year of ``period``, for those of ``codes`` that have a goal.

        A township's goal is not handed down to its villages: it is what the township as a whole is held to.
        """
        return self.goals_of([unit], period, codes)[unit.pk]

    def goals_of(
        self, units: Sequence[OrgUnit], period: Period, codes: Sequence[str]
    ) -> dict[int, dict[str, Goal]]:
        """The same for units of one level, by their primary keys: as many queries as for one."""
        found = self._goal_source(units, period, codes) if self._goal_source and units else {}
        return {unit.pk: found.get(unit.pk, {}) for unit in units}

    def targets(self, unit: OrgUnit, period: Period, codes: Sequence[str]) -> dict[str, Decimal]:
        """What ``unit`` should reach within ``period``, for those of ``codes`` that have a target for it."""
        found = ((code, goal.expected(period)) for code, goal in self.goals(unit, period, codes).items())
        return {code: value for code, value in found if value is not None}


indicators = IndicatorRegistry()


def indicator(
    code: str,
    label: str,
    *,
    unit: str,
    kind: str,
    records: type[Record],
    aggregate: Measure,
    synonyms: Iterable[str] = (),
    phrase: str = "",
    decimals: int = 0,
    part_of: str = "",
    is_said: bool = True,
    is_paperwork: bool = False,
) -> Callable[[Condition], Condition]:
    """Declare an indicator on a function from a period to the condition its records meet.

    The condition follows from the period alone, not from today: it is remembered, and so are figures of past periods.
    ``kind`` is FLOW (within the period) or STOCK (as at the period's last day). Raises ImproperlyConfigured on a
    code that is taken.
    """

    def declare(condition: Condition) -> Condition:
        indicators.add(
            Indicator(
                code,
                label,
                unit,
                kind,
                records,
                aggregate,
                condition,
                tuple(synonyms),
                phrase,
                decimals,
                part_of,
                is_said,
                is_paperwork,
            )
        )
        return condition

    return declare


def as_at(period: Period, *, start: str, end: str) -> Q:
    """Condition of a stock: begun by the period's last day and not ended by then.

    An unknown beginning counts as begun: old ledgers often leave the date out, and a record that is kept exists.
    """
    day: dt.date = period.last_day
    begun = Q(**{f"{start}__isnull": True}) | Q(**{f"{start}__lte": day})
    lasting = Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": day})
    return begun & lasting


def overdue_at(period: Period, *, due: str, done: str) -> Q:
    """Condition of what fell due by the period's last day and was not done by then.

    Never measured at today's date: the same records always give the same figure, so a frozen report drifts only when
    a record changes. In a period that still runs, what falls due before its end is therefore counted already.
    """
    day: dt.date = period.last_day
    undone = Q(**{f"{done}__isnull": True}) | Q(**{f"{done}__gt": day})
    return Q(**{f"{due}__lte": day}) & undone
