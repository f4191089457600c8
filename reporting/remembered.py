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
from functools import cache as once
from functools import cached_property
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max

from ledgers.indicators import Cell, compute, indicators
from ledgers.models import OrgUnit, Record, UnitChange
from ledgers.periods import Period

#: What is worked out faster than this is not worth remembering. A page asks for sixty such groups of figures.
SLOW_SECONDS: Final = 0.02
#: Rows among so many of the newest numbers are counted: more than any number of writers at work at one time.
_NEWEST: Final = 500

Cells = dict[tuple[str, int, Period], Cell]


class Remembered:
    """``compute`` of ``ledgers.indicators`` for the time of one page; the states are asked for once, by one query."""

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
        asked = [state, self._units, codes, [unit.pk for unit in units], [str(period) for period in periods]]
        key = f"figures:{hashlib.sha256(json.dumps(asked).encode()).hexdigest()}"
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
        with connection.cursor() as cursor:
            cursor.execute(_states_sql(connection.vendor))
            found = cursor.fetchone()
        states: dict[str, list[str]] = defaultdict(list)
        for place, (app, _) in enumerate(_histories()):
            newest, at, rows = found[3 * place : 3 * place + 3]
            if newest is not None:
                states[app].append(f"{place}:{newest}:{at}:{rows}")
        return {app: ",".join(each) for app, each in states.items()}

    @cached_property
    def _units(self) -> list[Any]:
        """Whether the tree is the same: units are added, and changed by changes that are kept."""
        counted = OrgUnit.objects.order_by().aggregate(units=Count("pk"), closed=Count("closed_on"))
        changes = UnitChange.objects.order_by().aggregate(last=Max("pk"), undone=Count("undone_at"))
        return [*counted.values(), *changes.values()]


@once
def _histories() -> list[tuple[str, str]]:
    """(app, table) of every history of the apps that figures are made of, in one order."""
    names = {member.records._meta.app_label for member in indicators.all()}
    found = [
        (app, model.history.model._meta.db_table)
        for app in sorted(names)
        for model in apps.get_app_config(app).get_models()
        if hasattr(model, "history")
    ]
    return sorted(found)


@once
def _states_sql(vendor: str) -> str:
    """The newest row of each history and how many there are among the newest numbers.

    Looked up by the primary key, however long the histories are. As text, because sixty subqueries take the ORM longer
    to put together than they take the database to answer.
    """
    columns = []
    for _, table in _histories():
        name = connection.ops.quote_name(table)
        newest = f"(SELECT max(history_id) FROM {name})"  # noqa: S608 - our own tables
        columns += [
            newest,
            f"(SELECT history_date FROM {name} ORDER BY history_id DESC LIMIT 1)",  # noqa: S608
            f"(SELECT count(*) FROM {name} WHERE history_id > {newest} - {_NEWEST})",  # noqa: S608
        ]
    return f"SELECT {', '.join(columns)}"
