"""What a dashboard remembers is brought up to date by the history, and says what the records say."""

from __future__ import annotations

import datetime as dt
import random
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from ledgers.computing import compute
from ledgers.indicators import indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.services import create_record, delete_record, update_record
from ledgers.work.models import Activity
from nonpublic.models import Enterprise
from reporting import kept_sums
from reporting.remembered import Remembered, Shown
from tests.conftest import Units
from tests.core.factories import activity, enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

PERIODS = [Period.parse(text) for text in ("2025", "2024", "2025Q1", "2025Q2", "2024Q4")]
CODES = [member.code for member in indicators.all() if member.records in (Activity, Enterprise)]


@pytest.fixture(autouse=True)
def remembering(settings: Any) -> None:
    settings.FIGURES_KEPT_SECONDS = 300
    cache.clear()


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each time that something had changed, whether all had to be added up anew."""
    told: list[bool] = []
    renewed = kept_sums._renewed

    def watched(*given: Any) -> Any:
        found = renewed(*given)
        told.append(found is None)
        return found

    monkeypatch.setattr(kept_sums, "_renewed", watched)
    return told


def shown(unit: OrgUnit) -> Shown:
    within = list(OrgUnit.objects.subtree(unit))
    return Shown(unit, [each for each in within if each.depth == unit.depth + 1], within, PERIODS)


def check(unit: OrgUnit) -> None:
    """Everything that a page of ``unit`` is told is what the records say."""
    page = shown(unit)
    figures = Remembered(page).compute
    assert figures(CODES, [unit], PERIODS) == compute(CODES, [unit], PERIODS)
    if page.below:
        assert figures(CODES, page.below, PERIODS) == compute(CODES, page.below, PERIODS)


def test_whatever_is_written_the_sums_are_those_of_the_records(units: Units, anew: list[bool]) -> None:
    chance = random.Random(11)
    places = [units.county, units.township, *units.villages, units.neighbour_village]
    pages = [units.county, units.township, units.village]
    for number in range(8):
        activity(chance.choice(places), f"2025-0{number % 5 + 1}-01", attendance=number)
    for page in pages:
        check(page)
    company = enterprise(units.village, 1, founded_on=None, staff=20)
    for number in range(30):
        day = dt.date(2024, 9, 20) + dt.timedelta(days=chance.randrange(400))
        kept: Any = chance.choice([*Activity.objects.all(), company])
        what = chance.choice(["new", "new", "changed", "moved", "deleted"])
        if what == "new":
            kind = chance.choice(Activity.Kind.values)
            fields = {"kind": kind, "held_on": day, "attendance": number, "title": "一次活动"}
            create_record(instance=Activity(unit=chance.choice(places), **fields), user=None)
        elif what == "deleted" and kept != company:
            delete_record(instance=kept, user=None)
        else:
            if what == "moved":
                kept.unit = chance.choice(places)
            elif kept == company:
                kept.founded_on, kept.staff = chance.choice([day, None]), number
            else:
                kept.held_on, kept.kind = day, chance.choice(Activity.Kind.values)
            update_record(instance=kept, user=None, expected_version=kept.row_version)
        for page in chance.sample(pages, 2):
            check(page)
    assert len(anew) > 30
    assert not any(anew)


def test_only_the_units_and_the_time_that_changed_are_added_up_again(units: Units) -> None:
    page = shown(units.county)

    def visits(year: str) -> object:
        period = Period.parse(year)
        cells = Remembered(page).compute(["work.visits"], [units.county], [period])
        return cells["work.visits", units.county.pk, period].value

    activity(units.village, "2025-05-01", kind="visit")
    assert (visits("2025"), visits("2024")) == (1, 0)
    # Behind the back of the history, so that they are seen only where it has something looked at again.
    Activity.objects.bulk_create(
        Activity(unit=unit, kind="visit", held_on=dt.date.fromisoformat(day), title="走访")
        for unit, day in (
            (units.villages[1], "2025-06-30"),
            (units.villages[1], "2024-12-31"),
            (units.neighbour_village, "2025-05-01"),
        )
    )
    assert (visits("2025"), visits("2024")) == (1, 0)
    activity(units.village, "2025-04-01", kind="meeting")
    # The same township and quarter.
    assert (visits("2025"), visits("2024")) == (2, 0)
    cache.clear()
    assert (visits("2025"), visits("2024")) == (3, 1)


def test_a_change_that_is_committed_late_has_all_added_up_anew(units: Units, anew: list[bool]) -> None:
    check(units.county)
    activity(units.villages[1], "2025-01-02")
    check(units.county)
    assert anew == [False]
    Activity.objects.bulk_create(
        [Activity(unit=units.village, kind="meeting", title="迟到", held_on=dt.date(2025, 1, 1))]
    )
    late = Activity.objects.get(title="迟到")
    history: Any = Activity.history.model
    fields = {field.attname: getattr(late, field.attname) for field in Activity._meta.concrete_fields}
    earlier = history.objects.earliest("history_id").history_id - 1
    history.objects.create(**fields, history_id=earlier, history_date=timezone.now(), history_type="+")
    check(units.county)
    assert anew == [False, True]


def test_a_record_whose_beginning_is_not_known_has_all_added_up_anew(
    units: Units, anew: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    Activity.objects.bulk_create(
        [Activity(unit=units.village, kind="meeting", title="旧", held_on=dt.date(2025, 1, 1))]
    )
    check(units.county)
    old = Activity.objects.get()
    old.unit, old.held_on = units.neighbour_village, dt.date(2024, 12, 1)
    update_record(instance=old, user=None, expected_version=old.row_version)
    check(units.county)
    assert anew == [True]
    # As many changes as an import makes.
    monkeypatch.setattr(kept_sums, "_CHANGED", 3)
    monkeypatch.setattr(kept_sums, "NEWEST", 0)
    for number in range(3):
        activity(units.village, f"2025-01-0{number + 1}")
    check(units.county)
    assert anew == [True, True]


def test_nothing_is_used_for_longer_than_the_office_says(
    units: Units, anew: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it was brought up to date in between."""
    clock, seconds = SimpleNamespace(now=1_000_000.0), []

    def keep(key: str, value: Any, left: float) -> None:
        seconds.append(left)
        cache.set(key, value, left)

    monkeypatch.setattr(kept_sums, "time", SimpleNamespace(time=lambda: clock.now))
    monkeypatch.setattr(kept_sums, "cache", SimpleNamespace(get=cache.get, set=keep))
    check(units.village)
    assert set(seconds) == {300}
    for later in (100, 250):
        clock.now, seconds[:] = 1_000_000.0 + later, []
        activity(units.village, "2025-01-01")
        check(units.village)
        assert seconds == [300 - later]
    assert anew == [False, False]
