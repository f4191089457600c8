"""The page of deleted records finds its rows without reading the history of all the others."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from ledgers.history import CREATED, DELETED, TAKEN_BACK, record_bulk_history
from ledgers.models import User
from ledgers.registry import ledgers
from ledgers.views.history import DeletedRecords
from ledgers.work.models import Activity
from tests.conftest import Units


def activity(number: int, units: Units) -> Activity:
    unit = units.villages[number % 3] if number % 4 else units.neighbour_village
    now = timezone.now()
    title, day = f"活动{number}", dt.date(2026, 1, 1)
    return Activity(pk=number, unit=unit, title=title, held_on=day, created_at=now, updated_at=now)


def tables_read(plan: str) -> list[str]:
    """How each table of a plan is read: on PostgreSQL from the plan as JSON, on SQLite line by line."""
    if connection.vendor == "sqlite":
        return plan.splitlines()
    found: list[str] = []

    def walk(node: Any) -> None:
        if "Relation Name" in node or "Index Name" in node:
            found.append(f"{node['Node Type']} {node.get('Relation Name')} {node.get('Index Name')}")
        for below in node.get("Plans", []):
            walk(below)

    walk(json.loads(plan)[0]["Plan"])
    return found


@pytest.mark.each_database
def test_the_history_of_what_is_there_is_not_read(units: Units, officer: User) -> None:
    many = [activity(number, units) for number in range(1, 6001)]
    record_bulk_history(many, kind=CREATED, user=None)
    record_bulk_history(many[:40], kind=DELETED, user=officer)
    # Came back since: no row of a deletion is its last.
    record_bulk_history(many[:10], kind=CREATED, user=officer)
    # Gone with the import that had brought them, which comes again as a whole.
    record_bulk_history(many[40:], kind=DELETED, user=officer, reason=TAKEN_BACK)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    request = RequestFactory().get("/")
    request.user = officer
    view = DeletedRecords(ledger=ledgers.get("activities"))
    view.setup(request)
    rows = view.deleted_rows()
    assert {row.id for row in rows} == {number for number in range(11, 41) if number % 4}
    form = {"format": "json"} if connection.vendor == "postgresql" else {}
    # The rows of a page, and how many there are in all.
    for asked in (rows.all()[:50], rows.order_by().values("history_id")):
        read = tables_read(asked.explain(**form))
        assert any("activity_deleted" in each for each in read), read
        whole = [each for each in read if each.startswith(("Seq Scan", "SCAN")) and "historical" in each]
        assert whole == [], read


def test_every_ledger_has_the_index() -> None:
    for ledger in ledgers:
        model: Any = ledger.model
        names = [index.name for index in model.history.model._meta.indexes]
        assert names == [f"{model._meta.model_name}_deleted"]
