"""What a report is written from: one unit, one period, and the figures with their evidence. Nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ledgers.indicators import FLOW, STOCK, Figure
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.evidence import Evidence, gather

#: Convention of the indicator declarations: such a code counts what was not done in time.
_SHORTFALL: Final = "_overdue"


@dataclass(frozen=True)
class FamilyFacts:
    """The figures of one family of ledgers, in the order of declaration."""

    label: str
    figures: tuple[Figure, ...]

    @property
    def flows(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.kind == FLOW]


@dataclass(frozen=True)
class Facts:
    unit: OrgUnit
    period: Period
    today: dt.date
    evidence: dict[str, Evidence]

    @classmethod
    def gather(cls, unit: OrgUnit, period: Period, today: dt.date) -> Facts:
        return cls(unit, period, today, gather(unit, period))

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
            FamilyFacts(family.label, members)
            for family in ledgers.families()
            if (members := tuple(self._of_family(family.app_label)))
        ]

    def _of_family(self, app_label: str) -> list[Figure]:
        return [item.figure for item in self.evidence.values() if item.figure.indicator.family == app_label]

    @property
    def figures(self) -> list[Figure]:
        return [figure for family in self.families for figure in family.figures]

    @property
    def stocks(self) -> list[Figure]:
        """What there was at the end of the period, shortfalls apart."""
        return [f for f in self.figures if f.kind == STOCK and f not in self.shortfalls]

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
        return list(queryset.order_by("pk")[:limit])

    def units_below(self) -> dict[str, int]:
        """Level → number of units of that level below this one that exist at the end of the period."""
        below = OrgUnit.objects.subtree(self.unit).exclude(pk=self.unit.pk).open_on(self.period.last_day)
        counts: dict[str, int] = {}
        for level in below.order_by().values_list("level", flat=True):
            counts[level] = counts.get(level, 0) + 1
        return counts
