"""Final reports that print figures of a return, as far as the core can know: those that keep reports say so here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledgers.models import OrgUnit
from ledgers.periods import Period


@dataclass(frozen=True)
class AffectedReport:
    label: str
    url: str


#: From a return's unit and quarter to the final reports with figures that it is part of.
Source = Callable[[OrgUnit, Period], Iterable[AffectedReport]]

_sources: list[Source] = []


def add_source(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def reports_affected(unit: OrgUnit, period: Period) -> list[AffectedReport]:
    return [report for source in _sources for report in source(unit, period)]
