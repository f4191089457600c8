"""Which of the units below miss their targets, or have none: a table for the office above them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ledgers.computing import Compute, compute
from ledgers.indicators import Figure, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.cards import Card, card, dashboard_url
from reporting.pace import progress_by_unit


@dataclass(frozen=True)
class UnitTargets:
    """A unit that is behind, with what it is behind in; or one that has no targets for the year at all."""

    unit: OrgUnit
    url: str
    held: int
    met: int
    behind: tuple[Card, ...]


@dataclass(frozen=True)
class TargetsBelow:
    """``rows`` are the units that miss something, most of it first; ``units`` how many there are in all."""

    year: Period
    rows: tuple[UnitTargets, ...]
    units: int

    def __bool__(self) -> bool:
        return bool(self.units)


def targets_below(
    children: Sequence[OrgUnit], year: Period, today: dt.date, *, using: Compute = compute
) -> TargetsBelow:
    """Of ``children``, those that targets are set for. As many queries for twenty as for two."""
    held_units = [child for child in children if child.level == OrgUnit.Level.TOWNSHIP]
    codes = [member.code for member in indicators.all()]
    goals = indicators.goals_of(held_units, year, codes) if held_units else {}
    wanted = list(dict.fromkeys(code for found in goals.values() for code in found))
    cells = using(wanted, held_units, [year])
    figures = {
        unit.pk: [
            Figure(
                indicators.get(code),
                year,
                cells[code, unit.pk, year].value,
                cells[code, unit.pk, year].records,
                target=goal.expected(year),
                goal=goal,
            )
            for code, goal in goals[unit.pk].items()
        ]
        for unit in held_units
    }
    progress = progress_by_unit(held_units, figures, today, using=using)
    rows = []
    for unit in held_units:
        cards = [card(figure, unit, progress[unit.pk].get(figure.code)) for figure in figures[unit.pk]]
        states = [each.progress.state for each in cards if each.progress is not None]
        behind = tuple(each for each in cards if each.progress and each.progress.state == "is-behind")
        if behind or not cards:
            rows.append(
                UnitTargets(unit, dashboard_url(unit, year), len(cards), states.count("is-met"), behind)
            )
    rows.sort(key=lambda row: (bool(row.held), -len(row.behind)))
    return TargetsBelow(year, tuple(rows), len(held_units))
