"""Figures that took long to work out, remembered until a record behind them changes (``ledgers.states``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache as once
from functools import cached_property
from itertools import chain
from typing import Final

from django.apps import apps

from ledgers.computing import Cell, compute
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.slices import ByPlace, Slicing, Sums, can_slice
from ledgers.states import UNITS, States, histories, key_of, remembered
from reporting.kept_sums import sums_of

#: What is worked out faster than this is not worth remembering. A page asks for sixty such groups of figures.
SLOW_SECONDS: Final = 0.003

Cells = dict[tuple[str, int, Period], Cell]


@dataclass(frozen=True)
class Sliced:
    """One kind of record, added up for a page: ``sums`` are those of each unit right below ``unit``, and its own."""

    slicing: Slicing
    unit: int
    sums: Sums

    def cells(self, codes: Iterable[str], units: Iterable[OrgUnit], periods: Iterable[Period]) -> Cells:
        return {
            (code, unit.pk, period): Cell(*self.slicing.figure(code, period, self._of(unit)))
            for unit in units
            for code in codes
            for period in periods
        }

    def _of(self, unit: OrgUnit) -> list[ByPlace]:
        if unit.pk == self.unit:
            return list(self.sums.values())
        return [self.sums[unit.pk]] if unit.pk in self.sums else []


@dataclass(frozen=True)
class Shown:
    """What a page shows beside each other: a unit, the units right ``below`` it, at any of ``periods``.

    ``within`` are the unit itself and all below it, closed ones too.
    """

    unit: OrgUnit
    below: Sequence[OrgUnit]
    within: Sequence[OrgUnit]
    periods: Sequence[Period]

    def covers(self, units: Sequence[OrgUnit], periods: Sequence[Period]) -> bool:
        return self._shown.issuperset(unit.pk for unit in units) and set(periods) <= set(self.periods)

    @cached_property
    def _shown(self) -> set[int]:
        return {self.unit.pk, *(unit.pk for unit in self.below)}

    @cached_property
    def anchors(self) -> dict[int, int | None]:
        """Each unit within → the one of ``below`` that it belongs to; None for the unit itself."""
        by_path = {unit.path: unit.pk for unit in self.below}
        length = len(self.unit.path) + self.unit.steplen
        return {unit.pk: by_path.get(unit.path[:length]) for unit in self.within}


class Remembered:
    """``compute`` of ``ledgers.computing`` for the time of one page; the states are asked for once, by one query.

    What the page shows is added up in one pass over each kind of record that can be sliced (``ledgers.slices``); all
    else is asked for as it comes.
    """

    def __init__(self, shown: Shown | None = None) -> None:
        self._shown = shown
        self._sliced: dict[type[Record], Sliced | None] = {}

    def compute(self, codes: Iterable[str], units: Sequence[OrgUnit], periods: Sequence[Period]) -> Cells:
        by_model: dict[type[Record], list[str]] = defaultdict(list)
        for code in codes:
            by_model[indicators.get(code).records].append(code)
        shown = self._shown if self._shown is not None and self._shown.covers(units, periods) else None
        cells: Cells = {}
        for model, members in by_model.items():
            sliced = self._sliced_of(model, shown) if shown is not None else None
            if sliced is not None:
                names = sliced.slicing.names
                cells |= sliced.cells([code for code in members if code in names], units, periods)
                members = [code for code in members if code not in names]
            if members:
                cells |= self._of_model(model, members, units, periods)
        return cells

    def _sliced_of(self, model: type[Record], shown: Shown) -> Sliced | None:
        if model not in self._sliced:
            of_model = [member for member in indicators.all() if member.records is model]
            slicing = Slicing.of(
                [member for member in of_model if can_slice(member, shown.periods)], shown.periods
            )
            self._sliced[model] = None if slicing is None else self._added_up(model, slicing, shown)
        return self._sliced[model]

    def _added_up(self, model: type[Record], slicing: Slicing, shown: Shown) -> Sliced:
        table = model._meta.db_table
        tree, state = self._states.of([UNITS]), self._states.of([table])
        if tree is None or state is None:
            sums = slicing.sums(model._default_manager.filter(unit__in=shown.anchors), shown.anchors)
        else:
            below = [unit.pk for unit in shown.below]
            periods = [str(period) for period in shown.periods]
            key = key_of("sums", tree, table, list(slicing.names), shown.unit.pk, below, periods)
            sums = sums_of(model, slicing, shown.anchors, key=key, state=state[0])
        return Sliced(slicing, shown.unit.pk, sums)

    def _of_model(
        self, model: type[Record], codes: list[str], units: Sequence[OrgUnit], periods: Sequence[Period]
    ) -> Cells:
        # A figure may depend on any of its own app's records, and on no other's.
        state = self._states.of([*_tables()[model._meta.app_label], UNITS])
        if state is None:
            return compute(codes, units, periods)
        key = key_of(
            "figures", state, codes, [unit.pk for unit in units], [str(period) for period in periods]
        )
        return remembered(key, lambda: compute(codes, units, periods), slow=SLOW_SECONDS)

    @cached_property
    def _states(self) -> States:
        return States(UNITS, *chain.from_iterable(_tables().values()))


@once
def _tables() -> dict[str, list[str]]:
    """Each app that figures are made of → its tables that have a history."""
    tables: dict[str, list[str]] = {member.records._meta.app_label: [] for member in indicators.all()}
    for model in apps.get_models():
        if model._meta.app_label in tables and model._meta.db_table in histories():
            tables[model._meta.app_label].append(model._meta.db_table)
    return tables
