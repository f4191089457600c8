"""What a text is checked against: the ledger's figures for the unit and period it speaks of.

The rules see this protocol alone. ``LedgerContext`` is the one that asks the database; tests and the benchmark have
one that reads a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ledgers.computing import figures
from ledgers.indicators import Figure, Indicator, indicators
from ledgers.periods import Period

if TYPE_CHECKING:
    from ledgers.models import OrgUnit


@dataclass(frozen=True)
class Place:
    """A unit as a text names it. ``level`` is a value of ``OrgUnit.Level``."""

    code: str
    name: str
    level: str


class FiguresContext(Protocol):
    @property
    def period(self) -> Period:
        """The period the text reports on."""

    @property
    def place(self) -> Place:
        """The unit the text reports on."""

    @property
    def below(self) -> Sequence[Place]:
        """The units below it; those of which the text may give a figure of their own."""

    @property
    def indicators(self) -> Sequence[Indicator]: ...

    def figures(self, place: Place, period: Period) -> Mapping[str, Figure]:
        """Code → figure; what is not known is missing or has the value None."""


class LedgerContext:
    """The ledgers of ``unit``. Each unit and period a text speaks of costs one call of ``figures``, and only once."""

    def __init__(self, unit: OrgUnit, period: Period) -> None:
        self.period = period
        self.place = _place(unit)
        self.indicators = tuple(indicators.all())
        below = type(unit).objects.subtree(unit).exclude(pk=unit.pk)
        self._units = {each.code: each for each in (unit, *below)}
        self.below = tuple(_place(each) for each in below)
        self._known: dict[tuple[str, Period], Mapping[str, Figure]] = {}

    def figures(self, place: Place, period: Period) -> Mapping[str, Figure]:
        key = place.code, period
        if key not in self._known:
            self._known[key] = figures(self._units[place.code], period)
        return self._known[key]


def _place(unit: OrgUnit) -> Place:
    return Place(unit.code, unit.name, unit.level)
