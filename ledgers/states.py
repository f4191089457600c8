"""Whether anything has changed since: what lets a page remember what took long to work out.

Every change of a record is a history row, so the newest row of a history tells. What is remembered lies under a key
that holds the state of all it was made of: what is out of date is never found again.

Two writers can commit in the other order than they began, and the later one's history number then covers the
earlier. So the number of rows among the newest numbers is part of a state, too, and nothing is remembered for longer
than ``FIGURES_KEPT_SECONDS``.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from functools import cache as once
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Max, QuerySet

from ledgers.models import OrgUnit, UnitChange

#: Rows among so many of the newest numbers are counted: more than any number of writers at work at one time.
_NEWEST: Final = 500
#: A count that was faster than this is made again each time: asking for the state is not free either.
SLOW_COUNT_SECONDS: Final = 0.003
_TABLE: Final = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')


@once
def histories() -> dict[str, str]:
    """Table of each model that has a history → the table of its history."""
    return {
        model._meta.db_table: model.history.model._meta.db_table
        for model in apps.get_models()
        if hasattr(model, "history")
    }


def states(tables: Sequence[str]) -> dict[str, str]:
    """The state of each of these tables (see ``histories``), by one query; one without any history row is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(connection.vendor, tuple(tables)))
        found = cursor.fetchone()
    by_table = {}
    for place, table in enumerate(tables):
        newest, at, rows = found[3 * place : 3 * place + 3]
        if newest is not None:
            by_table[table] = f"{table}:{newest}:{at}:{rows}"
    return by_table


def state_of_units() -> list[Any]:
    """Whether the tree is the same: units are added, and changed by changes that are kept."""
    units = OrgUnit.objects.order_by().aggregate(units=Count("pk"), closed=Count("closed_on"))
    changes = UnitChange.objects.order_by().aggregate(last=Max("pk"), undone=Count("undone_at"))
    return [*units.values(), *changes.values()]


def counted(queryset: QuerySet[Any]) -> int:
    """How many rows there are: counted, or remembered while nothing has changed in any table that is asked."""
    try:
        sql, parameters = queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    units = OrgUnit._meta.db_table
    tables = sorted(set(_TABLE.findall(sql)) - {units})
    known = states(tables) if settings.FIGURES_KEPT_SECONDS and histories().keys() >= set(tables) else {}
    if len(known) < len(tables) or not tables:
        return queryset.count()
    key = key_of(
        "count", sql, [str(each) for each in parameters], known, state_of_units() if units in sql else []
    )
    found: int | None = cache.get(key)
    if found is None:
        begun = time.perf_counter()
        found = queryset.count()
        if time.perf_counter() - begun >= SLOW_COUNT_SECONDS:
            cache.set(key, found, settings.FIGURES_KEPT_SECONDS)
    return found


def key_of(kind: str, *parts: Any) -> str:
    return f"{kind}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


@once
def _sql(vendor: str, tables: tuple[str, ...]) -> str:
    """The newest row of each history and how many there are among the newest numbers.

    Looked up by the primary key, however long the histories are. As text, because sixty subqueries take the ORM longer
    to put together than they take the database to answer.
    """
    known = histories()
    columns = []
    for table in tables:
        name = connection.ops.quote_name(known[table])
        newest = f"(SELECT max(history_id) FROM {name})"  # noqa: S608 - our own tables
        columns += [
            newest,
            f"(SELECT history_date FROM {name} ORDER BY history_id DESC LIMIT 1)",  # noqa: S608
            f"(SELECT count(*) FROM {name} WHERE history_id > {newest} - {_NEWEST})",  # noqa: S608
        ]
    return f"SELECT {', '.join(columns)}"
