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
from collections.abc import Callable, Iterable, Sequence
from functools import cache as once
from typing import Any, Final, TypeVar

from django.apps import apps
from django.conf import settings
from django.core.cache import BaseCache, cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from ledgers.models import OrgUnit, UnitChange

#: Rows among so many of the newest numbers are counted: more than any number of writers at work at one time.
NEWEST: Final = 500
#: A count that was faster than this is made again each time: asking for the state is not free either.
SLOW_COUNT_SECONDS: Final = 0.003
#: The table of the tree, which has a state although it has no history.
UNITS: Final = OrgUnit._meta.db_table
_TABLE: Final = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')

T = TypeVar("T")


@once
def histories() -> dict[str, str]:
    """Table of each model that has a history → the table of its history."""
    return {
        model._meta.db_table: model.history.model._meta.db_table
        for model in apps.get_models()
        if hasattr(model, "history")
    }


class States:
    """The states that one page asks for, by one query for all that it is known to ask for."""

    def __init__(self, *tables: str) -> None:
        self._expected = tables
        self._found: dict[str, str] = {}

    def of(self, tables: Iterable[str]) -> list[str] | None:
        """The state of each of these tables; None where nothing tells it, or the office wants nothing remembered."""
        wanted = sorted(tables)
        if not settings.FIGURES_KEPT_SECONDS or not wanted or not all(map(_has_state, wanted)):
            return None
        if not self._found.keys() >= set(wanted):
            self._found |= states(sorted({*wanted, *self._expected} - self._found.keys()))
        return [self._found[table] for table in wanted]


def states(tables: Sequence[str]) -> dict[str, str]:
    """The state of each of these tables, which have a history or are ``UNITS``, by one query."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(connection.vendor, tuple(tables)))
        found = cursor.fetchone()
    return {table: f"{table}:{state or ''}" for table, state in zip(tables, found, strict=True)}


def newest_in(state: str) -> tuple[int, int]:
    """What the state of a table says: the newest number, and how many rows there are among the NEWEST numbers."""
    told = state.split(":")[1:]
    return int(told[0] or 0), int(told[-1] or 0)


def counted(queryset: QuerySet[Any], known: States | None = None) -> int:
    """How many rows there are: counted, or remembered while nothing has changed in any table that is asked."""
    try:
        sql, parameters = queryset.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    found = (known or States()).of(set(_TABLE.findall(sql)))
    if found is None:
        return queryset.count()
    key = key_of("count", sql, [str(each) for each in parameters], found)
    return remembered(key, queryset.count, slow=SLOW_COUNT_SECONDS)


def remembered(key: str, work_out: Callable[[], T], *, slow: float = 0.0, cache: BaseCache = cache) -> T:
    """What lies under ``key``, or what ``work_out`` gives, kept when that took ``slow`` seconds or more."""
    found: T | None = cache.get(key)
    if found is None:
        begun = time.perf_counter()
        found = work_out()
        if time.perf_counter() - begun >= slow:
            cache.set(key, found, settings.FIGURES_KEPT_SECONDS)
    return found


def key_of(kind: str, *parts: Any) -> str:
    return f"{kind}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"


def _has_state(table: str) -> bool:
    return table == UNITS or table in histories()


@once
def _sql(vendor: str, tables: tuple[str, ...]) -> str:
    """One text for each table. As SQL, because sixty subqueries take the ORM longer to put together than they take the
    database to answer."""
    return f"SELECT {', '.join(map(_state_sql, tables))}"


def _state_sql(table: str) -> str:
    """The newest row of the history and how many there are among the newest numbers, looked up by the primary key,
    however long the history is. Units have no such history: they are added, and changed by changes that are kept."""
    name = connection.ops.quote_name
    if table == UNITS:
        units, changes = name(UNITS), name(UnitChange._meta.db_table)
        return (
            f"(SELECT count(*) || ':' || count(closed_on) || ':' || coalesce(max(id), 0) FROM {units}) || ':' ||"  # noqa: S608
            f" (SELECT coalesce(max(id), 0) || ':' || count(undone_at) FROM {changes})"
        )
    history = name(histories()[table])
    return (
        f"(SELECT history_id || ':' || history_date || ':' ||"  # noqa: S608 - our own tables
        f" (SELECT count(*) FROM {history} WHERE history_id > newest.history_id - {NEWEST})"
        f" FROM {history} AS newest ORDER BY history_id DESC LIMIT 1)"
    )
