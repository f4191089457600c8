"""Rows outside of every period asked for are left out of a query beforehand, and no others."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.db.models import F, Q
from django.test.utils import CaptureQueriesContext

from ledgers.computing import compute
from ledgers.periods import Period
from ledgers.spans import spanned
from ledgers.work.models import Activity
from tests.conftest import Units

THIS, LAST = Period(2025), Period(2024)
BOTH = (LAST.first_day, THIS.last_day)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], Q()),
        ([Q(held_on__range=THIS.days)], Q(held_on__range=THIS.days)),
        ([Q(held_on__range=THIS.days), Q(held_on__range=LAST.days, kind="visit")], Q(held_on__range=BOTH)),
        ([Q(held_on__range=THIS.days) & Q(Q(kind="visit") | Q(kind="study"))], Q(held_on__range=THIS.days)),
        # One that spans everything, another field, either of two, all but these: nothing can be left out.
        ([Q(held_on__range=THIS.days), Q()], Q()),
        ([Q(held_on__range=THIS.days), Q(due__range=LAST.days)], Q()),
        ([Q(held_on__range=THIS.days) | Q(kind="visit")], Q()),
        ([~Q(held_on__range=THIS.days)], Q()),
        ([Q(held_on__range=(F("begun_on"), F("ended_on")))], Q()),
    ],
)
def test_spanned(conditions: list[Q], expected: Q) -> None:
    assert spanned(conditions) == expected


@pytest.mark.django_db
def test_figures_are_those_of_each_period_and_rows_of_others_are_not_read(units: Units) -> None:
    for year in (2023, 2024, 2025, 2026):
        for day in (dt.date(year, 1, 1), dt.date(year, 12, 31)):
            Activity.objects.create(unit=units.village, kind="visit", held_on=day, title="走访")
    with CaptureQueriesContext(connection) as captured:
        cells = compute(["work.visits", "work.meetings"], [units.township], [THIS, LAST])
    town = units.township.pk
    assert [cells["work.visits", town, period].value for period in (THIS, LAST)] == [2, 2]
    (query,) = captured.captured_queries
    assert "WHERE" in query["sql"]
    assert "2024-01-01" in query["sql"].partition("WHERE")[2].rpartition("GROUP BY")[0]
