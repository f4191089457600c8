"""What a user reaches is worked out once, and anew when the tree has changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.cache import caches

from ledgers.access import Role
from ledgers.models import OrgUnit, User
from ledgers.reach import Reach
from ledgers.states import UNITS, States
from ledgers.units import rename_unit
from tests.conftest import AccountFactory, Units
from tests.contracts.pages import queries

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


@pytest.fixture(autouse=True)
def kept(settings: Any) -> None:
    settings.FIGURES_KEPT_SECONDS = 300
    caches["process"].clear()


@pytest.fixture
def county_officer(units: Units, account: AccountFactory) -> User:
    return account(Role.OFFICER, units.county)


def reach_of(user: User) -> Reach:
    return Reach(User.objects.get(pk=user.pk), States(UNITS))


def test_a_second_county_ends_that_the_first_one_is_everything(county_officer: User) -> None:
    assert reach_of(county_officer).is_everything
    OrgUnit.objects.create_under(None, code="330282000000", name="邻县", level=OrgUnit.Level.COUNTY)
    assert not reach_of(county_officer).is_everything


def test_a_township_is_never_everything_and_nobody_is_asked(officer: User) -> None:
    reach = reach_of(officer)
    assert queries(lambda: reach.is_everything) == 0
    assert not reach.is_everything


def test_the_drop_down_of_units_is_written_once_until_a_unit_comes_or_is_renamed(
    county_officer: User, units: Units
) -> None:
    first = reach_of(county_officer)
    assert queries(lambda: first.options) == 2
    again = reach_of(county_officer)
    # The state of the tree, and not the tree.
    assert queries(lambda: again.options) == 1
    assert again.options == first.options
    assert "柳湾村" in first.options
    OrgUnit.objects.create_under(
        OrgUnit.objects.get(pk=units.neighbour.pk), code="330281102299", name="新村", level="village"
    )
    assert "新村" in reach_of(county_officer).options
    rename_unit(unit=units.neighbour_village, name="柳<湾>新村", on=dt.date(2026, 1, 1), user=county_officer)
    renamed = reach_of(county_officer).options
    assert "柳&lt;湾&gt;新村" in renamed
    assert "柳湾村" not in renamed


def test_what_one_user_reaches_is_never_offered_to_another(
    county_officer: User, officer: User, units: Units
) -> None:
    assert units.neighbour.name in reach_of(county_officer).options
    assert units.neighbour.name not in reach_of(officer).options


def test_nothing_is_kept_where_the_office_wants_nothing_remembered(
    county_officer: User, settings: Any
) -> None:
    settings.FIGURES_KEPT_SECONDS = 0
    assert "柳湾村" in reach_of(county_officer).options
    OrgUnit.objects.filter(name="柳湾村").update(name="柳河村")
    assert "柳河村" in reach_of(county_officer).options
