"""Targets as the figures read them, and the usual ones given to a unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledgers.computing import compute
from ledgers.goals import ALL, Goal, UsualTarget, usual_targets
from ledgers.history import CREATED, record_bulk_history
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Target


def goals(units: Sequence[OrgUnit], period: Period, codes: Sequence[str]) -> dict[int, dict[str, Goal]]:
    """The targets of each of ``units`` for the year of ``period`` as goals: unit primary key → code → goal.

    A target of all there are has the number there are by the end of the period; where there are none, nothing is asked
    for.
    """
    targets = list(Target.objects.filter(unit__in=units, year=period.year, indicator__in=codes))
    wholes = {each.indicator: indicators.get(each.indicator).part_of for each in targets if each.whole}
    cells = compute(dict.fromkeys(wholes.values()), units, [period]) if wholes else {}
    found: dict[int, dict[str, Goal]] = {}
    for target in targets:
        value = (
            cells[wholes[target.indicator], target.unit_id, period].value if target.whole else target.value
        )
        if value:
            found.setdefault(target.unit_id, {})[target.indicator] = Goal(
                year=target.year,
                value=Decimal(value),
                cadence=target.cadence,  # type: ignore[arg-type]  # the choices of the field
                whole=target.whole,
                clause=target.source_clause,
            )
    return found


def usual(target: UsualTarget, unit: OrgUnit, year: int) -> Target:
    """A usual target as one of ``unit`` for ``year``, not saved yet."""
    whole = target.value == ALL
    return Target(
        unit=unit,
        year=year,
        indicator=target.indicator,
        value=None if whole else Decimal(target.value),
        whole=whole,
        cadence=target.cadence,
        source_clause=target.source_clause,
    )


def missing_usual_targets(unit: OrgUnit, year: int) -> list[UsualTarget]:
    """Those of the usual targets that ``unit`` has no target of its own for in ``year``."""
    existing = set(Target.objects.filter(unit=unit, year=year).values_list("indicator", flat=True))
    return [each for each in usual_targets() if each.indicator not in existing]


def seed_default_targets(unit: OrgUnit, year: int, *, user: User | None = None) -> list[Target]:
    """Give ``unit`` the usual targets of ``year``; returns those added, existing ones are left alone."""
    added = [usual(each, unit, year) for each in missing_usual_targets(unit, year)]
    for target in added:
        target.created_by = target.updated_by = user
    Target.objects.bulk_create(added)
    record_bulk_history(added, kind=CREATED, user=user)
    return added
