"""What a unit is held to, as the figures read it, and the targets an office is usually held to.

A goal says how much of an indicator there should be in each month, quarter or year. The family that keeps the target
ledger turns its records into goals; every family declares beside its indicators what offices are usually held to.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from django.core.exceptions import ImproperlyConfigured

from ledgers.periods import Period

Cadence = Literal["month", "quarter", "year"]


@dataclass(frozen=True)
class Goal:
    """``value`` is what each month, quarter or year (``cadence``) of ``year`` should reach.

    ``whole`` tells that the value is that of another indicator: all venues, however many there are.
    """

    year: int
    value: Decimal
    cadence: Cadence = "year"
    whole: bool = False
    clause: str = ""

    def steps(self, period: Period) -> list[Period]:
        """The months, quarters or years within ``period`` that the goal speaks of, first to last.

        None of a period that is shorter than the cadence: half of "at least 4 trainings a year" is not asked for by
        June.
        """
        return period.split(self.cadence) if period.year == self.year else []

    def expected(self, period: Period) -> Decimal | None:
        """What should be reached within ``period``; None when the goal says nothing about it."""
        steps = self.steps(period)
        return self.value * len(steps) if steps else None


#: In place of a value: as many as the indicator that this one is a part of has.
ALL: Final = "all"


@dataclass(frozen=True)
class UsualTarget:
    indicator: str
    value: int | Literal["all"]
    cadence: Cadence
    source_clause: str


_usual: dict[str, UsualTarget] = {}


def usual_target(
    indicator: str, value: int | Literal["all"], cadence: Cadence, *, source_clause: str
) -> None:
    """Declare what offices are usually held to; raises ImproperlyConfigured when the indicator has one."""
    if indicator in _usual:
        raise ImproperlyConfigured(f"Indicator {indicator!r} has two usual targets.")
    _usual[indicator] = UsualTarget(indicator, value, cadence, source_clause)


def usual_targets() -> list[UsualTarget]:
    """In the order of declaration."""
    return list(_usual.values())
