"""A count is remembered while nothing behind it changes, and never once something has."""

from __future__ import annotations

from typing import Any

import pytest

from ledgers import states
from ledgers.models import OrgUnit
from ledgers.services import create_record, delete_record, update_record
from ledgers.states import counted
from ledgers.work.models import Activity
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.contracts.pages import queries
from tests.families.factories import activity, enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


@pytest.fixture(autouse=True)
def slow(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every count is slow enough to be remembered."""
    settings.FIGURES_KEPT_SECONDS = 300
    monkeypatch.setattr(states, "SLOW_COUNT_SECONDS", 0)


def test_a_count_is_remembered_until_a_record_comes_changes_or_goes(units: Units) -> None:
    def of_village() -> int:
        return counted(Enterprise.objects.within(units.village))

    first = enterprise(units.village, 1)
    assert of_village() == 1
    # The state of the history, and no count.
    assert queries(of_village) == 1
    second = create_record(instance=Enterprise(unit=units.village, name="乙公司"), user=None)
    assert of_village() == 2
    second.unit = units.villages[1]
    update_record(instance=second, user=None, expected_version=second.row_version)
    assert of_village() == 1
    delete_record(instance=first, user=None)
    assert of_village() == 0


def test_a_count_over_the_tree_is_made_again_when_the_tree_has_changed(units: Units) -> None:
    def of_township() -> int:
        return counted(Enterprise.objects.within(units.township))

    enterprise(units.village, 1)
    assert of_township() == 1
    # The states of the records and of the tree, by one query, and no count.
    assert queries(of_township) == 1
    units.township.refresh_from_db()
    new = OrgUnit.objects.create_under(
        units.township, code="330281101299", name="新村", level=OrgUnit.Level.VILLAGE
    )
    # Without a history row: nothing but the tree tells.
    Enterprise.objects.bulk_create([Enterprise(unit=new, name="乙公司")])
    assert of_township() == 2


def test_what_has_no_history_is_counted_each_time(units: Units) -> None:
    activity(units.village, "2025-01-01")
    by_account = Activity.objects.filter(created_by__username="nobody")
    assert counted(by_account) == 0
    # One count, and not even a question for the state.
    assert queries(lambda: counted(by_account)) == 1
    assert counted(Activity.objects.none()) == 0


def test_nothing_is_remembered_where_the_office_says_so(units: Units, settings: Any) -> None:
    settings.FIGURES_KEPT_SECONDS = 0
    enterprise(units.village, 1)
    assert queries(lambda: counted(Enterprise.objects.all())) == 1
    Enterprise.objects.bulk_create([Enterprise(unit=units.village, name="乙公司")])
    assert counted(Enterprise.objects.all()) == 2
