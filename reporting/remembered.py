"""Figures that took long to work out, remembered until a record behind them changes.

Every change of a record is a history row, so the newest row of a family's histories tells whether anything has changed
since a figure was worked out. The keys of what is remembered contain it: what is out of date is never found again.

Two writers can commit in the other order than they began, and the later one's history number then covers the
earlier. So the number of rows among the newest numbers is part of the key, too, and nothing is remembered for longer
than a few minutes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from django.apps import apps
from django.core.cache import cache
from django.db import models
from django.db.models import Count, F, Func, Max, Q, Subquery, Value

from ledgers.indicators import Cell, compute, indicators
from ledgers.models import OrgUnit, Record, UnitChange
from ledgers.periods import Period

#: What is worked out faster than this is not worth remembering.
SLOW_SECONDS: Final = 0.1
KEPT_SECONDS: Final = 300
#: Rows among so many of the newest numbers are counted: more than any number of writers at work at one time.
_NEWEST: Final = 500

Cells = dict[tuple[str, int, Period], Cell]


class Remembered:
    """``compute`` of ``ledgers.indicators`` for the time of one page; the states are asked for once, by one query."""

    def compute(
        self, codes: Iterable[str], units: Sequence[OrgUnit], periods: Sequence[Period]
    ) -> Cells:
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
        state = self._states.get(model._meta.app_label)
        if state is None:
            return compute(codes, units, periods)
        asked = [state, self._units, codes, [unit.pk for unit in units], [str(period) for period in periods]]
        key = f"figures:{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}"
        found: Cells | None = cache.get(key)
        if found is None:
            begun = time.perf_counter()
            found = compute(codes, units, periods)
            if time.perf_counter() - begun >= SLOW_SECONDS:
                cache.set(key, found, KEPT_SECONDS)
        return found

    @cached_property
    def _states(self) -> dict[str, str]:
        """App → the state of its histories. A figure may depend on any of its own app's records, on no other's."""
        columns: dict[str, Any] = {}
        owners: dict[str, str] = {}
        for app in {member.records._meta.app_label for member in indicators.all()}:
            for model in apps.get_app_config(app).get_models():
                history = getattr(model, "history", None)
                if history is None:
                    continue
                for name, value in _state_of(history.model).items():
                    column = f"{model._meta.label_lower.replace('.', '_')}_{name}"
                    columns[column], owners[column] = value, app
        row = OrgUnit.objects.order_by().values(**columns)[:1].get() if columns else {}
        states: dict[str, list[str]] = defaultdict(list)
        for column, value in row.items():
            if value is not None:
                states[owners[column]].append(f"{column}={value}")
        return {app: ",".join(sorted(found)) for app, found in states.items()}

    @cached_property
    def _units(self) -> list[Any]:
        """Whether the tree is the same: units are added, and changed by changes that are kept."""
        counted = OrgUnit.objects.order_by().aggregate(units=Count("pk"), closed=Count("closed_on"))
        changes = UnitChange.objects.order_by().aggregate(last=Max("pk"), undone=Count("undone_at"))
        return [*counted.values(), *changes.values()]


def _state_of(history: type[models.Model]) -> dict[str, Subquery]:
    """The newest row and how many there are among the newest numbers: looked up by the key, however long the history."""
    rows = history._default_manager.order_by("-history_id")
    newest = rows.values("history_id")[:1]
    recent = history._default_manager.filter(Q(history_id__gt=Subquery(newest) - Value(_NEWEST))).order_by()
    counted = recent.annotate(rows=Func(F("history_id"), function="COUNT")).values("rows")
    return {"id": Subquery(newest), "at": Subquery(rows.values("history_date")[:1]), "rows": Subquery(counted)}
