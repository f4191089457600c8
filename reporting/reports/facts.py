"""What a report is written from: one unit, one period, and its figures. Nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ledgers.computing import breakdown, figures
from ledgers.indicators import FLOW, STOCK, Figure, Number, indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.narrative import FigureBook

#: Convention of the indicator declarations: such a code counts what was not done in time.
_SHORTFALL: Final = "_overdue"
#: And these count the returns that the units below owe and have handed in.
_DUE, _SUBMITTED = ".returns_due", ".returns_submitted"


@dataclass(frozen=True)
class FamilyFacts:
    """The figures of one family of ledgers, in the order of declaration."""

    name: str
    label: str
    figures: tuple[Figure, ...]

    @property
    def flows(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.kind == FLOW]

    @property
    def has_data(self) -> bool:
        """Whether there is anything to compare or to hold against a target."""
        return any(f.value or f.same_period_last_year or f.target is not None for f in self.figures)


@dataclass(frozen=True)
class Facts:
    unit: OrgUnit
    period: Period
    today: dt.date
    by_code: Mapping[str, Figure]

    @classmethod
    def gather(
        cls, unit: OrgUnit, period: Period, today: dt.date, codes: Iterable[str] | None = None
    ) -> Facts:
        """One query per ledger. ``codes`` narrows the report to some figures; None takes all."""
        known = None if codes is None else [code for code in codes if code in indicators]
        return cls(unit, period, today, figures(unit, period, known))

    @cached_property
    def book(self) -> FigureBook:
        """The figures as the text of the report names them."""
        return FigureBook(self.unit, self.period, self.by_code)

    @property
    def is_over(self) -> bool:
        """Whether the period lies behind us; a report on a running year must not say 全年."""
        return self.today > self.period.last_day

    @property
    def as_at(self) -> dt.date:
        return min(self.today, self.period.last_day)

    @cached_property
    def families(self) -> list[FamilyFacts]:
        """Families that have ledgers and figures, in the order of the navigation."""
        return [
            FamilyFacts(family.app_label, family.label, members)
            for family in ledgers.families()
            if (members := tuple(self._of_family(family.app_label)))
        ]

    def _of_family(self, app_label: str) -> list[Figure]:
        return [figure for figure in self.by_code.values() if figure.indicator.family == app_label]

    @property
    def figures(self) -> list[Figure]:
        return [figure for family in self.families for figure in family.figures]

    def stocks(self, family: FamilyFacts) -> list[Figure]:
        """What the family had at the end of the period, shortfalls apart."""
        return [f for f in family.figures if f.kind == STOCK and f not in self.shortfalls]

    @cached_property
    def shortfalls(self) -> list[Figure]:
        """Figures of what was not done in time, those above zero."""
        return [f for f in self.figures if f.code.endswith(_SHORTFALL) and f.value]

    @property
    def unmet(self) -> list[Figure]:
        """Figures below their target."""
        return [f for f in self.figures if f.target is not None and (f.value or 0) < f.target]

    @property
    def met(self) -> list[Figure]:
        return [f for f in self.figures if f.target is not None and (f.value or 0) >= f.target]

    def records(self, figure: Figure, limit: int) -> list[Record]:
        """The first ``limit`` records behind a figure, in the order they were entered."""
        queryset: Any = figure.indicator.queryset(self.unit, self.period)
        ledger = ledgers.for_model(figure.indicator.records)
        return list(queryset.select_related(*ledger.select_related).order_by("pk")[:limit])

    def units_below(self) -> dict[str, int]:
        """Level → number of units of that level below this one that exist at the end of the period."""
        below = OrgUnit.objects.subtree(self.unit).exclude(pk=self.unit.pk).open_on(self.period.last_day)
        counts: dict[str, int] = {}
        for level in below.order_by().values_list("level", flat=True):
            counts[level] = counts.get(level, 0) + 1
        return counts

    @cached_property
    def children(self) -> list[OrgUnit]:
        """The units directly below that exist at the end of the period."""
        return list(self.unit.children().open_on(self.period.last_day))

    def of_children(self, codes: Iterable[str]) -> dict[int, dict[str, Number | None]]:
        """Unit primary key → code → value for the units directly below; one query per ledger."""
        return breakdown(self.children, self.period, codes)

    @cached_property
    def returns(self) -> list[tuple[Figure, Figure]]:
        """The figures of returns due and submitted, a pair for each kind of return."""
        return [
            (due, submitted)
            for code, due in self.by_code.items()
            if code.endswith(_DUE) and (submitted := self.by_code.get(code.removesuffix(_DUE) + _SUBMITTED))
        ]

    @staticmethod
    def is_about_returns(figure: Figure) -> bool:
        """Whether the figure counts forms that were due, handed in or late, which is no work that was done."""
        return ".returns_" in figure.code

    @cached_property
    def missing_returns(self) -> list[tuple[Figure, list[OrgUnit]]]:
        """For each kind of return that is short of what is due: which of the units directly below are behind."""
        short = [(due, sent) for due, sent in self.returns if (sent.value or 0) < (due.value or 0)]
        if not short or not self.children:
            return []
        values = self.of_children([figure.code for pair in short for figure in pair])
        found = []
        for due, sent in short:
            behind = [
                unit
                for unit in self.children
                if (values[unit.pk][sent.code] or 0) < (values[unit.pk][due.code] or 0)
            ]
            if behind:
                found.append((due, behind))
        return found
