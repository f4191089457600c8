"""Which return is in force: the latest counted one, a predecessor's until its successor reports."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from ethnicity.models import PopulationReturn
from ledgers.computing import figures
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.units import ChangeRefused, close_unit, merge_units, name_on, rename_unit, undo_change
from tests.conftest import Units
from tests.returns.factories import DRAFT, SUBMITTED, population

pytestmark = pytest.mark.each_database


def minority(unit: OrgUnit, period: str) -> int | None:
    code = "ethnicity.minority_residents"
    value = figures(unit, Period.parse(period), [code])[code].value
    return None if value is None else int(value)


def test_a_quarter_without_a_return_carries_the_last_one(units: Units) -> None:
    population(units.village, "2025Q1", 10, 20)
    population(units.village, "2025Q3", 11, 22)
    assert [minority(units.village, f"2025Q{number}") for number in (1, 2, 3, 4)] == [30, 30, 33, 33]
    assert minority(units.village, "2024Q4") == 0
    assert minority(units.township, "2025") == 33
    assert minority(units.township, "2025H1") == 30
    assert minority(units.neighbour, "2025") == 0


def test_a_draft_counts_nowhere_and_zero_reported_does(units: Units) -> None:
    population(units.village, "2025Q1", 10, 20)
    draft = population(units.village, "2025Q2", 99, 99, state=DRAFT)
    assert minority(units.village, "2025Q2") == 30
    assert draft.effective_until is None
    population(units.village, "2025Q3", 0, 0, state=SUBMITTED)
    assert minority(units.village, "2025Q3") == 0


def test_reports_may_come_in_any_order_and_go_again(units: Units) -> None:
    third = population(units.village, "2025Q3", 3)
    first = population(units.village, "2025Q1", 1)
    second = population(units.village, "2025Q2", 2)
    assert [minority(units.village, f"2025Q{number}") for number in (1, 2, 3)] == [1, 2, 3]
    second.delete()
    assert [minority(units.village, f"2025Q{number}") for number in (1, 2, 3)] == [1, 1, 3]
    first.refresh_from_db()
    third.refresh_from_db()
    assert (first.effective_until, third.effective_until) == (dt.date(2025, 9, 30), None)


def test_one_return_for_each_unit_and_quarter(units: Units) -> None:
    population(units.village, "2025Q1", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        population(units.village, "2025Q1", 2)


def test_the_database_refuses_more_minority_than_residents_and_a_submission_without_a_day(
    units: Units,
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        population(units.village, "2025Q1", 600, 500, residents=1000)
    with pytest.raises(IntegrityError), transaction.atomic():
        PopulationReturn.objects.create(unit=units.village, period="2025Q1", residents=1, state=SUBMITTED)
    # Not known is not too few.
    population(units.village, "2025Q1", 600, 500, residents=None)


def township_totals(units: Units) -> list[int | None]:
    return [minority(units.township, f"2025Q{number}") for number in (1, 2, 3, 4)]


def test_a_merger_changes_no_township_total_before_the_successor_reports(units: Units) -> None:
    first, second, third = units.villages
    for place, village in enumerate(units.villages, start=1):
        population(village, "2025Q1", place, 10 * place)
        population(village, "2025Q2", place, 20 * place)
    before = township_totals(units)
    merge_units(units=[first, second], into=first, on=dt.date(2025, 8, 1), user=None)
    assert township_totals(units) == before
    # The first village's next return includes the second's people.
    population(first, "2025Q3", 3, 60)
    assert minority(units.township, "2025Q3") == 63 + 3 + 60
    assert minority(second, "2025Q2") == 42
    assert minority(second, "2025Q3") == 0
    assert township_totals(units)[:2] == before[:2]
    assert minority(third, "2025Q3") == 63


def test_a_merger_registered_late_changes_no_total_either(units: Units) -> None:
    """Both villages went on reporting after the day of the merger, each for itself, until somebody registered it."""
    first, second, _ = units.villages
    for quarter in (1, 2, 3):
        for village in units.villages:
            population(village, f"2025Q{quarter}", quarter)
    before = township_totals(units)
    for on in (dt.date(2025, 1, 1), dt.date(2025, 5, 1), dt.date(2025, 9, 30)):
        (change,) = merge_units(units=[second], into=first, on=on, user=None)
        assert township_totals(units) == before == [3, 6, 9, 9]
        undo_change(change=change, user=None)
        assert township_totals(units) == before
    merge_units(units=[second], into=first, on=dt.date(2025, 5, 1), user=None)
    population(first, "2025Q4", 6)  # three of its own and three that have joined it
    assert township_totals(units) == before


def test_a_merger_is_taken_back_until_the_successor_reports_for_both(units: Units) -> None:
    first, second, _ = units.villages
    for village in units.villages:
        population(village, "2025Q2", 5)
    before = township_totals(units)
    (change,) = merge_units(units=[second], into=first, on=dt.date(2025, 8, 1), user=None)
    taken_over = population(first, "2025Q3", 10)
    with pytest.raises(ChangeRefused, match="算两次"):
        undo_change(change=change, user=None)
    taken_over.delete()
    undo_change(change=change, user=None)
    second.refresh_from_db()
    assert (second.closed_on, second.merged_into) == (None, None)
    assert township_totals(units) == before
    with pytest.raises(ChangeRefused, match="已经撤回"):
        undo_change(change=change, user=None)


def test_changes_are_taken_back_last_first(units: Units) -> None:
    renamed = rename_unit(unit=units.village, name="新上河村", on=dt.date(2025, 8, 1), user=None)
    closed = close_unit(unit=units.village, on=dt.date(2025, 9, 1), user=None)
    with pytest.raises(ChangeRefused, match="最后一次"):
        undo_change(change=renamed, user=None)
    undo_change(change=closed, user=None)
    undo_change(change=renamed, user=None)
    village = OrgUnit.objects.get(pk=units.village.pk)
    assert (village.name, village.closed_on) == ("上河村", None)
    # What was taken back never was.
    assert name_on(village, dt.date(2025, 7, 31)) == name_on(village, dt.date(2025, 8, 1)) == "上河村"
    again = rename_unit(unit=village, name="新上河村", on=dt.date(2025, 8, 1), user=None)
    OrgUnit.objects.filter(pk=village.pk).update(name="又一个名称")  # by load_units
    with pytest.raises(ChangeRefused, match="又改过"):
        undo_change(change=again, user=None)


def test_a_return_for_a_quarter_before_the_merger_takes_nothing_over(units: Units) -> None:
    first, second, _ = units.villages
    population(first, "2025Q1", 1)
    population(second, "2025Q1", 2)
    merge_units(units=[second], into=first, on=dt.date(2025, 7, 1), user=None)
    population(first, "2025Q2", 1)  # late, and for the time when there were two
    assert minority(units.township, "2025Q2") == 3
    assert minority(units.township, "2025Q3") == 3
    population(first, "2025Q3", 3)
    assert minority(units.township, "2025Q3") == 3


def test_mergers_can_follow_each_other(units: Units) -> None:
    first, second, third = units.villages
    for place, village in enumerate(units.villages, start=1):
        population(village, "2025Q1", place)
    merge_units(units=[first], into=second, on=dt.date(2025, 4, 15), user=None)
    merge_units(units=[second], into=third, on=dt.date(2025, 5, 15), user=None)
    assert minority(units.township, "2025Q2") == 6
    population(third, "2025Q2", 6)
    assert minority(units.township, "2025Q2") == 6
    assert minority(third, "2025Q2") == 6


def test_a_closed_unit_without_a_successor_ends_on_that_day(units: Units) -> None:
    population(units.village, "2025Q1", 5)
    close_unit(unit=units.village, on=dt.date(2025, 8, 1), user=None)
    assert [minority(units.township, f"2025Q{number}") for number in (1, 2, 3)] == [5, 5, 0]


def test_changes_that_do_not_fit_are_refused(units: Units) -> None:
    first, second, _ = units.villages
    with pytest.raises(ChangeRefused, match="同一个上级"):
        merge_units(units=[units.neighbour_village], into=first, on=dt.date(2025, 8, 1), user=None)
    with pytest.raises(ChangeRefused, match="下级单位"):
        close_unit(unit=units.township, on=dt.date(2025, 8, 1), user=None)
    close_unit(unit=second, on=dt.date(2025, 8, 1), user=None)
    with pytest.raises(ChangeRefused, match="重复"):
        close_unit(unit=second, on=dt.date(2025, 9, 1), user=None)
    with pytest.raises(ChangeRefused, match="已经撤销"):
        merge_units(units=[first], into=second, on=dt.date(2025, 9, 1), user=None)


def test_a_renamed_unit_keeps_its_figures_and_its_old_name_is_known(units: Units) -> None:
    population(units.village, "2025Q1", 5)
    rename_unit(unit=units.village, name="新上河村", on=dt.date(2025, 8, 1), user=None)
    village = OrgUnit.objects.get(pk=units.village.pk)
    assert village.name == "新上河村"
    assert name_on(village, dt.date(2025, 7, 31)) == "上河村"
    assert name_on(village, dt.date(2025, 8, 1)) == "新上河村"
    assert minority(village, "2025Q1") == 5
    with pytest.raises(ChangeRefused):
        rename_unit(unit=village, name=" 新上河村 ", on=dt.date(2025, 9, 1), user=None)


def test_many_units_cost_no_more_queries_than_one(
    units: Units, django_assert_max_num_queries: object
) -> None:
    from ledgers.returns.chains import renew_chains

    for village in units.villages:
        population(village, "2025Q1", 5)
        population(village, "2025Q2", 5)
    PopulationReturn.objects.update(effective_until=None)
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        renew_chains(PopulationReturn, [village.pk for village in units.villages])
    assert minority(units.township, "2025Q2") == 15
