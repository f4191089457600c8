"""Figures that took long to work out, remembered until a record behind them changes (``ledgers.states``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache as once
from functools import cached_property
from itertools import chain
from typing import Final

from django.apps import apps

from ledgers.computing import Cell, compute
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.states import UNITS, States, histories, key_of, remembered

#: What is worked out faster than this is not worth remembering. A page asks for sixty such groups of figures.
SLOW_SECONDS: Final = 0.02

Cells = dict[tuple[str, int, Period], Cell]


class Remembered:
    """``compute`` of ``ledgers.computing`` for the time of one page; the states are asked for once, by one query."""

    def compute(self, codes: Iterable[str], units: Sequence[OrgUnit], periods: Sequence[Period]) -> Cells:
        by_model: dict[type[Record], list[str]] = defaultdict(list)
        for code in codes:
            by_model[indicators.get(code).records].append(code)
        cells: Cells = {}
        for model, members in by_model.items():
            cells |= self._of_model(model, members, units, periods)
        return cells

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
