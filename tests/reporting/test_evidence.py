from __future__ import annotations

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers.indicators import indicators
from ledgers.models import Record
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.evidence import Subject, gather, record_hashes
from tests.conftest import Units

pytestmark = pytest.mark.each_database

YEAR = Period(2025)


def test_every_hash_is_over_the_very_records_of_the_drill_down(year_of_work: Units) -> None:
    units = (year_of_work.county, year_of_work.township, year_of_work.village)
    subjects = [
        Subject(indicator.code, unit, period)
        for indicator in indicators.all()
        for unit in units
        for period in (YEAR, YEAR.previous)
    ]
    found = gather(subjects)
    assert set(found) == set(subjects)
    for subject, item in found.items():
        records: list[Record] = list(
            indicators.get(subject.code).queryset(subject.unit, subject.period).order_by("pk")
        )
        lines = "".join(f"{record.pk}:{record.row_version}\n" for record in records)
        assert item.lines == lines.encode(), subject
        assert item.hash == hashlib.sha256(lines.encode()).hexdigest(), subject
        assert item.records == len(records), subject


def test_hash_changes_with_an_edit_an_addition_and_a_deletion(year_of_work: Units) -> None:
    def now() -> dict[str, str]:
        return record_hashes(year_of_work.township, YEAR, ["work.meetings", "work.visits"])

    seen = [now()]
    meeting = Activity.objects.filter(kind=Activity.Kind.MEETING, held_on__year=2025).first()
    assert meeting is not None
    Activity.objects.filter(pk=meeting.pk).update(row_version=2)
    seen.append(now())
    extra = Activity.objects.create(
        unit=year_of_work.village, kind="meeting", held_on=YEAR.last_day, title="会"
    )
    seen.append(now())
    extra.delete()
    seen.append(now())
    assert len({step["work.meetings"] for step in seen}) == 3
    assert seen[3] == seen[1]
    assert len({step["work.visits"] for step in seen}) == 1


def test_a_neighbours_records_do_not_count(year_of_work: Units) -> None:
    before = record_hashes(year_of_work.township, YEAR, ["work.meetings"])
    Activity.objects.create(unit=year_of_work.neighbour, kind="meeting", held_on=YEAR.first_day, title="会")
    assert record_hashes(year_of_work.township, YEAR, ["work.meetings"]) == before


@pytest.mark.parametrize("rows", [5, 50])
def test_queries_do_not_grow_with_records(units: Units, rows: int) -> None:
    Activity.objects.bulk_create(
        Activity(unit=units.village, kind="visit", held_on=YEAR.first_day, title=str(n)) for n in range(rows)
    )
    models = {indicator.records for indicator in indicators.all()}
    subjects = [
        Subject(indicator.code, unit, period)
        for indicator in indicators.all()
        for unit in (units.township, *units.villages)
        for period in (YEAR, YEAR.previous)
    ]
    with CaptureQueriesContext(connection) as captured:
        gather(subjects)
    assert len(captured) == len(models)
