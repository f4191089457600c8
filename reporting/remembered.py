"""Figures that took long to work out, remembered until a record behind them changes (``ledgers.states``)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache as once
from functools import cached_property
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.cache import cache

from ledgers.computing import Cell, compute
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.states import histories, key_of, state_of_units, states

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
        kept_seconds = settings.FIGURES_KEPT_SECONDS
        state = self._states.get(model._meta.app_label) if kept_seconds else None
        if state is None:
            # Without a history there is nothing to tell when a figure is out of date.
            return compute(codes, units, periods)
        key = key_of(
            "figures",
            state,
            self._units,
            codes,
            [unit.pk for unit in units],
            [str(period) for period in periods],
        )
        found: Cells | None = cache.get(key)
        if found is None:
            begun = time.perf_counter()
            found = compute(codes, units, periods)
            if time.perf_counter() - begun >= SLOW_SECONDS:
                cache.set(key, found, kept_seconds)
        return found

    @cached_property
    def _states(self) -> dict[str, str]:
        """App → the state of its histories. A figure may depend on any of its own app's records, on no other's."""
        tables = _tables()
        known = states(list(tables))
        by_app: dict[str, list[str]] = defaultdict(list)
        for table, app in tables.items():
            if table in known:
                by_app[app].append(known[table])
        return {app: ",".join(each) for app, each in by_app.items()}

    @cached_property
    def _units(self) -> list[Any]:
        return state_of_units()


@once
def _tables() -> dict[str, str]:
    """Each table with a history in the apps that figures are made of → its app, in one order."""
    names = {member.records._meta.app_label for member in indicators.all()}
    tables = {model._meta.db_table: model._meta.app_label for model in apps.get_models()}
    return {table: tables[table] for table in sorted(histories()) if tables[table] in names}
