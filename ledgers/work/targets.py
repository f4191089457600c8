"""Targets as the figures read them, and the targets an office is usually held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledgers.history import CREATED, record_bulk_history
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Target


def expected_values(unit: OrgUnit, period: Period, codes: Sequence[str]) -> dict[str, Decimal]:
    """What ``unit`` itself should reach within ``period``, for those of ``codes`` that have a target.

    A township's target is not handed down to its villages: it is what the township as a whole is held to.
    """
    targets = Target.objects.filter(unit=unit, year=period.year, indicator__in=codes)
    found = ((target.indicator, target.expected(period)) for target in targets)
    return {code: value for code, value in found if value is not None}


@dataclass(frozen=True)
class UsualTarget:
    indicator: str
    value: int
    cadence: str
    source_clause: str

    def for_unit(self, unit: OrgUnit, year: int) -> Target:
        """The target of ``unit`` for ``year``, not saved yet."""
        return Target(
            unit=unit,
            year=year,
            indicator=self.indicator,
            value=Decimal(self.value),
            cadence=self.cadence,
            source_clause=self.source_clause,
        )


USUAL_TARGETS = (
    UsualTarget("work.meetings", 2, Target.Cadence.YEAR, "党委（党工委）每年专题研究统战工作不少于2次"),
    UsualTarget("work.trainings", 4, Target.Cadence.YEAR, "每年组织业务培训不少于4次"),
    UsualTarget("work.briefs", 3, Target.Cadence.MONTH, "每月报送信息不少于3篇"),
    UsualTarget(
        "work.briefs_experience",
        1,
        Target.Cadence.QUARTER,
        "每季度报送经验信息不少于1篇（或特色信息不少于2篇）",
    ),
)


def missing_usual_targets(unit: OrgUnit, year: int) -> list[UsualTarget]:
    """Those of the usual targets that ``unit`` has no target of its own for in ``year``."""
    existing = set(Target.objects.filter(unit=unit, year=year).values_list("indicator", flat=True))
    return [usual for usual in USUAL_TARGETS if usual.indicator not in existing]


def seed_default_targets(unit: OrgUnit, year: int, *, user: User | None = None) -> list[Target]:
    """Give ``unit`` the usual targets of ``year``; returns those added, existing ones are left alone."""
    added = [usual.for_unit(unit, year) for usual in missing_usual_targets(unit, year)]
    for target in added:
        target.created_by = target.updated_by = user
    Target.objects.bulk_create(added)
    record_bulk_history(added, kind=CREATED, user=user)
    return added
