"""Figures and the records behind them come from one declaration, so they cannot disagree."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from ledgers.computing import breakdown, compute, figures, series
from ledgers.indicators import FLOW, Change, Indicator, IndicatorRegistry, count, indicators
from ledgers.periods import Period
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.core.factories import activity, enterprise

pytestmark = pytest.mark.each_database

YEAR = Period.parse("2025")
CODES = ["work.meetings", "work.banners", "nonpublic.enterprises", "nonpublic.registered_capital"]


@pytest.fixture
def records(units: Units) -> None:
    activity(units.village, "2025-01-01", banners=2)
    activity(units.village, "2025-12-31", banners=3)
    activity(units.villages[1], "2024-12-31", banners=5)
    activity(units.township, "2025-06-30", banners=7)
    activity(units.neighbour_village, "2025-06-30", banners=11)
    enterprise(units.village, 1, founded_on="2025-12-31", registered_capital=Decimal("80.5"))
    enterprise(units.villages[1], 2, founded_on="2026-01-01", registered_capital=Decimal(1000))
    enterprise(units.villages[1], 3, closed_on="2025-12-31", registered_capital=Decimal(500))
    enterprise(units.neighbour_village, 4, registered_capital=Decimal(7))


@pytest.mark.usefixtures("records")
def test_a_flow_counts_both_edges_of_the_period_and_a_stock_its_last_day(units: Units) -> None:
    found = figures(units.township, YEAR, CODES)
    assert found["work.meetings"].value == 3
    assert found["work.meetings"].previous == 1
    assert found["work.banners"].value == 12
    assert found["work.banners"].records == 3
    assert found["nonpublic.enterprises"].value == 1  # one not yet founded, one closed on the very day
    assert found["nonpublic.registered_capital"].value == Decimal("80.5")
    assert figures(units.county, YEAR, CODES)["work.banners"].value == 23
    assert figures(units.village, Period.parse("2025Q4"), CODES)["work.meetings"].value == 1


@pytest.mark.usefixtures("records")
def test_every_figure_equals_the_number_of_its_drill_down_records(units: Units) -> None:
    for unit in (units.county, units.township, units.village, units.neighbour):
        for code, figure in figures(unit, YEAR).items():
            assert figure.records == indicators.get(code).queryset(unit, YEAR).count(), code


@pytest.mark.usefixtures("records")
def test_units_below_add_up_to_the_unit_above(units: Units) -> None:
    below = breakdown(units.villages, YEAR, ["work.meetings"])
    own = 1  # the township's own meeting belongs to no village
    whole = figures(units.township, YEAR, ["work.meetings"])["work.meetings"].value
    assert sum(row["work.meetings"] or 0 for row in below.values()) + own == whole
    assert below[units.villages[2].pk] == {"work.meetings": 0}


@pytest.mark.usefixtures("records")
def test_a_series_has_one_value_for_each_period(units: Units) -> None:
    quarters = YEAR.quarters
    assert series(units.township, quarters, ["work.meetings"]) == {"work.meetings": [1, 1, 0, 1]}


@pytest.mark.usefixtures("records")
def test_one_query_per_model_whatever_the_units_and_periods(units: Units) -> None:
    def queries(chosen: list, periods: list[Period]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            compute(CODES, chosen, periods)
        return len(captured)

    assert queries([units.village], [YEAR]) == 2
    assert queries(units.villages, list(YEAR.back(8))) == 2


def test_units_of_different_levels_are_not_mixed(units: Units) -> None:
    with pytest.raises(ValueError, match="one level"):
        compute(CODES, [units.county, units.village], [YEAR])


def test_a_code_is_declared_once() -> None:
    registry = IndicatorRegistry()
    declared = Indicator("x.y", "标", "个", FLOW, Enterprise, count(), lambda period: Q())
    registry.add(declared)
    with pytest.raises(ImproperlyConfigured, match="twice"):
        registry.add(declared)


@pytest.mark.parametrize(
    ("before", "now", "difference", "rate"),
    [(100, 103, 3, "3.0"), (3, 2, -1, "-33.3"), (0, 5, 5, None), (4, 4, 0, "0.0")],
)
def test_a_change_has_no_rate_on_base_zero(before: int, now: int, difference: int, rate: str | None) -> None:
    change = Change.between(before, now)
    assert change == Change(difference, Decimal(rate) if rate else None)
    assert Change.between(None, now) is None
