"""The figures a text can name: of one unit and those below it, for the report's own period and any other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from ledgers.computing import figures
from ledgers.indicators import Figure, Number, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period

#: (indicator code, period, division code of the unit, "" for the book's own).
Wanted = tuple[str, Period, str]


class UnitUnknown(Exception):
    """No unit, or more than one, is meant; or one that the figure is not kept for. The message is for the author."""


class FigureBook:
    """Figures by code, period and unit; ``fetch`` asks for all that is missing at once, one query per ledger, period
    and unit."""

    def __init__(self, unit: OrgUnit, period: Period, known: Mapping[str, Figure] | None = None) -> None:
        self.unit = unit
        self.period = period
        self._figures: dict[Wanted, Figure] = {
            (code, period, ""): figure for code, figure in (known or {}).items()
        }

    @cached_property
    def _below(self) -> dict[str, OrgUnit]:
        below = OrgUnit.objects.subtree(self.unit).exclude(pk=self.unit.pk)
        return {unit.code: unit for unit in below.open_on(self.period.last_day)}

    def unit_code(self, code: str, written: str) -> str:
        """The division code of the unit that ``written`` (its name or code) means for the indicator ``code``.

        Raises UnitUnknown: what ethnic groups or regions there are is kept for a township, never for a village.
        """
        named = [unit for unit in self._below.values() if written in (unit.code, unit.name)]
        if not named:
            raise UnitUnknown(
                f"“{written[:20]}”既不是期间（如 2024、2024Q3），也不是{self.unit.name}下级单位的名称或区划代码。"
            )
        if len(named) > 1:
            raise UnitUnknown(f"有{len(named)}个单位叫“{written[:20]}”，请改写12位区划代码。")
        (unit,) = named
        kept_for = getattr(indicators.get(code).records, "level", None)
        if kept_for == OrgUnit.Level.TOWNSHIP and unit.level == OrgUnit.Level.VILLAGE:
            raise UnitUnknown(
                f"“{indicators.get(code).label}”只按乡镇（街道）统计，不分村（社区），请删去这个标记。"
            )
        return unit.code

    def fetch(self, wanted: Iterable[Wanted]) -> None:
        missing: dict[tuple[Period, str], list[str]] = defaultdict(list)
        for code, period, unit in dict.fromkeys(wanted):
            if (code, period, unit) not in self._figures:
                missing[period, unit].append(code)
        for (period, unit), codes in missing.items():
            for code, figure in figures(self._below[unit] if unit else self.unit, period, codes).items():
                self._figures[code, period, unit] = figure

    def values(self) -> dict[tuple[str, Period], Number | None]:
        """(code, period) → value, for the book's own unit: its figures and the earlier ones they are compared with."""
        own = [(code, figure) for (code, _, unit), figure in self._figures.items() if not unit]
        found: dict[tuple[str, Period], Number | None] = {}
        for code, figure in own:
            found[code, figure.period.same_period_last_year] = figure.same_period_last_year
            found[code, figure.period.previous] = figure.previous
        return found | {(code, figure.period): figure.value for code, figure in own}

    def figure(self, code: str, period: Period, unit: str = "") -> Figure:
        """A figure that has been fetched; raises KeyError."""
        return self._figures[code, period, unit]
