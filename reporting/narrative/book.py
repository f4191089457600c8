"""The figures a text can name: those of one unit, for the report's own period and any other that a token asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ledgers.indicators import Figure, figures
from ledgers.models import OrgUnit
from ledgers.periods import Period


class FigureBook:
    """Figures by code and period; ``fetch`` asks for all that is missing at once, one query per ledger and period."""

    def __init__(self, unit: OrgUnit, period: Period, known: Mapping[str, Figure] | None = None) -> None:
        self.unit = unit
        self.period = period
        self._figures: dict[tuple[str, Period], Figure] = {
            (code, period): figure for code, figure in (known or {}).items()
        }

    def fetch(self, wanted: Iterable[tuple[str, Period]]) -> None:
        missing: dict[Period, list[str]] = defaultdict(list)
        for code, period in dict.fromkeys(wanted):
            if (code, period) not in self._figures:
                missing[period].append(code)
        for period, codes in missing.items():
            for code, figure in figures(self.unit, period, codes).items():
                self._figures[code, period] = figure

    def figure(self, code: str, period: Period) -> Figure:
        """A figure that has been fetched; raises KeyError."""
        return self._figures[code, period]
