"""Drift: what has changed behind a final report, and who changed it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from ledgers.access import Role
from ledgers.models import User
from ledgers.periods import Period
from ledgers.services import create_record, delete_record, update_record
from ledgers.trail.protection import rewriting
from ledgers.work.models import Activity, Target
from reporting import drift
from reporting.models import Report
from reporting.services import build_report
from reporting.services.signing import sign, submit
from tests.conftest import AccountFactory, Units, plant_units
from tests.reporting.conftest import plant_year, print_nothing
from tests.world import lasting

pytestmark = pytest.mark.each_database
YEAR = Period(2025)


@dataclass(frozen=True)
class World:
    units: Units
    officer: User
    leader: User
    final: Report


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A year of work and the township's signed report on it, for all tests here."""

    with lasting(django_db_blocker):
        planted = plant_year(plant_units())
        town = planted.township
        officer, leader = (
            User.objects.create_user(role.value, name=role.label, role=role, unit=town)
            for role in (Role.OFFICER, Role.LEADER)
        )
        with (
            pytest.MonkeyPatch.context() as patch,
            override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")),
        ):
            print_nothing(patch)
            report = build_report(unit=town, period=YEAR, kind="annual", user=officer)
            submit(report=report, revision=report.revision, user=officer)
            yield World(planted, officer, leader, sign(report=report, revision=report.revision, user=leader))


@pytest.fixture
def units(db: None, world: World) -> Units:
    return world.units


@pytest.fixture
def year_of_work(units: Units) -> Units:
    return units


@pytest.fixture
def officer(db: None, world: World) -> User:
    return User.objects.get(pk=world.officer.pk)


@pytest.fixture
def leader(db: None, world: World) -> User:
    return User.objects.get(pk=world.leader.pk)


@pytest.fixture
def final(db: None, world: World) -> Report:
    """The township's signed report for 2025."""
    return Report.objects.select_related("unit").get(pk=world.final.pk)


def meetings(year: int = 2025) -> list[Activity]:
    return list(Activity.objects.filter(kind="meeting", held_on__year=year).order_by("held_on"))


def edit(record: Activity, user: User, **values: object) -> None:
    for name, value in values.items():
        setattr(record, name, value)
    update_record(instance=record, user=user, expected_version=record.row_version)


def by_name(found: drift.Drift) -> dict[tuple[str, str], drift.FigureDrift]:
    return {(item.figure.code, item.figure.period): item for item in found.numbers}


def test_nothing_has_drifted_at_first(final: Report, officer: User) -> None:
    found = drift.drift_of(final, officer)
    assert (found.count, found.same) == (0, [])


def test_a_drifted_figure_names_old_and_new_and_its_records(
    final: Report, year_of_work: Units, officer: User, account: AccountFactory
) -> None:
    other = account(Role.CLERK, year_of_work.village)
    first, second, _ = meetings()
    edit(first, officer, held_on=dt.date(2026, 2, 3))
    delete_record(instance=second, user=other)
    added = [
        create_record(
            instance=Activity(
                unit=year_of_work.village,
                kind="meeting",
                held_on=dt.date(2025, month, 9),
                title=f"补记{month}",
            ),
            user=other,
        )
        for month in (7, 8, 9)
    ]
    found = drift.drift_of(final, officer)
    item = by_name(found)["work.meetings", "2025"]
    assert (item.figure.label, item.figure.text, item.now) == ("专题研究", "3次", "4次")
    said = {(c.kind_label, c.pk, c.label, c.by) for c in item.records}
    assert said == {
        ("修改后不再计入", first.pk, str(first), str(officer)),
        ("删除", second.pk or _deleted_key(), "", str(other)),
        *(("新增", record.pk, str(record), str(other)) for record in added),
    }
    for change in item.records:
        assert change.at is not None
        assert final.frozen_at is not None
        assert change.at >= final.frozen_at
        assert change.ledger == "工作活动"
    assert item.more == 0
    # Last year's number is printed too, and has not moved.
    assert ("work.meetings", "2024") not in by_name(found)
    drift.check(final)
    final.refresh_from_db()
    assert final.drifted == found.count == len(found.numbers)


def _deleted_key() -> int:
    return int(Activity.history.filter(history_type="-").latest().id)


def test_last_years_records_behind_a_comparison(final: Report, officer: User) -> None:
    edit(meetings(2024)[0], officer, held_on=dt.date(2023, 1, 1))
    found = by_name(drift.drift_of(final, officer))
    item = found["work.meetings", "2024"]
    assert (item.figure.text, item.now, item.period_label) == ("2次", "1次", "2024年")
    assert ("work.meetings", "2025") not in found


def test_an_edit_that_changes_no_number_is_told_apart(final: Report, officer: User) -> None:
    edit(meetings()[0], officer, title="改了名称")
    found = drift.drift_of(final, officer)
    assert found.count == 0
    assert {item.figure.code for item in found.same} == {"work.meetings"}
    (change,) = found.same[0].records
    assert (change.kind_label, change.label, change.by, change.times) == (
        "修改",
        str(meetings()[0]),
        str(officer),
        1,
    )


def test_an_edit_in_the_same_moment_as_the_signature_is_not_lost(final: Report, officer: User) -> None:
    """Clocks do not decide: the record has another version than the one that was counted."""
    edit(meetings()[0], officer, held_on=dt.date(2026, 1, 1))
    with rewriting("a clock that was wrong"):
        Activity.history.update(history_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    item = by_name(drift.drift_of(final, officer))["work.meetings", "2025"]
    assert [change.kind_label for change in item.records] == ["修改后不再计入"]


def test_a_target_that_was_moved(final: Report, officer: User) -> None:
    Target.objects.filter(indicator="work.trainings").update(value=6)
    found = drift.drift_of(final, officer)
    assert [(item.figure.label, item.old, item.now) for item in found.targets] == [("业务培训", "4次", "6次")]
    assert found.count == 1


def test_a_reader_sees_only_records_within_reach(
    final: Report, year_of_work: Units, officer: User, leader: User
) -> None:
    record = meetings()[0]
    edit(record, officer, unit=year_of_work.neighbour)
    item = by_name(drift.drift_of(final, leader))["work.meetings", "2025"]
    assert [(c.kind_label, c.label, c.url) for c in item.records] == [("修改后不再计入", "", "")]


def test_many_changes_are_counted_and_fifty_are_named(
    final: Report, year_of_work: Units, officer: User
) -> None:
    for number in range(60):
        Activity.objects.create(
            unit=year_of_work.village, kind="meeting", held_on=dt.date(2025, 5, 5), title=f"会{number}"
        )
    item = by_name(drift.drift_of(final, officer))["work.meetings", "2025"]
    assert (item.now, item.count, len(item.records), item.more) == ("63次", 60, 50, 10)


def test_queries_do_not_grow_with_changes(final: Report, year_of_work: Units, officer: User) -> None:
    drift.drift_of(final, officer)
    counts = []
    for _ in range(2):
        for number in range(5):
            Activity.objects.create(
                unit=year_of_work.village, kind="meeting", held_on=dt.date(2025, 5, 5), title=f"会{number}"
            )
        with CaptureQueriesContext(connection) as captured:
            drift.drift_of(final, officer)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_background_looks_at_the_oldest_first(final: Report, year_of_work: Units) -> None:
    meetings()[0].delete()
    assert drift.check_oldest(limit=1) == 1
    final.refresh_from_db()
    assert final.drifted
    assert final.drift_checked_at is not None
    assert final.frozen_at is not None
    assert final.drift_checked_at > final.frozen_at
