"""Every registered indicator: its figure is its records, and a township is the sum of its villages and itself."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.apps import apps

from ledgers.computing import Figure, breakdown, compute, figures
from ledgers.indicators import FLOW, STOCK, Indicator, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.remembered import Remembered, Shown
from tests.conftest import Units
from tests.contracts.conftest import Filled

pytestmark = pytest.mark.each_database

PERIODS = [Period.parse(text) for text in ("2024", "2025", "2025H2", "2025Q3", "2026Q1", "2027")]

# Codes that other programs rely on.
RELIED_ON = {
    "work": "meetings trainings briefs banners slogans funds_received",
    "ethnicity": "minority_residents registered migrant groups share",
    "religion": "venues venues_buddhist venues_protestant venues_catholic venues_folk inspections hazards_found "
    "hazards_rectified liaison_visits",
    "overseas": "households persons receptions",
    "nonpublic": "enterprises staff registered_capital chamber_members contributions",
    "representatives": "total proposals",
}


FigureOf = Callable[[OrgUnit, Period, str], Figure]


@pytest.fixture(scope="module")
def figure_of(world: tuple[Units, Filled]) -> FigureOf:
    """figure_of(unit, period, code) -> the figure, from all of that unit and period: worked out together, as for a
    dashboard, and once for all tests, which do not write."""
    codes = [indicator.code for indicator in indicators.all()]

    @cache
    def together(unit: OrgUnit, period: Period) -> dict[str, Figure]:
        return figures(unit, period, codes)

    return lambda unit, period, code: together(unit, period)[code]


BelowOf = Callable[[OrgUnit, Period], dict[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def below_of(world: tuple[Units, Filled]) -> BelowOf:
    """below_of(unit, period) -> for each unit right below, by its key, the values of all indicators by their codes."""
    codes = [indicator.code for indicator in indicators.all()]
    return cache(lambda unit, period: breakdown(list(unit.children()), period, codes))


def each_indicator(test: Callable[..., Any]) -> Callable[..., Any]:
    return pytest.mark.parametrize("indicator", indicators.all(), ids=lambda each: each.code)(test)


def by_hand(indicator: Indicator, unit: OrgUnit, period: Period) -> int | Decimal | None:
    """The figure, worked out from the drill-down records one by one."""
    records = list(indicator.queryset(unit, period))
    assert len({record.pk for record in records}) == len(records)
    if indicator.measure.recount is not None:
        return indicator.measure.recount(records)
    if indicator.measure.field is None:
        return len(records)
    values = [getattr(record, indicator.measure.field) for record in records]
    return sum(values, Decimal(0)) if indicator.measure.additive else len(set(values))


def test_the_codes_that_others_rely_on_are_there() -> None:
    relied_on = {f"{family}.{name}" for family, names in RELIED_ON.items() for name in names.split()}
    assert relied_on <= {member.code for member in indicators.all()}


@each_indicator
def test_the_declaration_is_complete(indicator: Indicator) -> None:
    family, _, name = indicator.code.partition(".")
    assert name.isidentifier()
    assert family in {config.label for config in apps.get_app_configs()}
    assert indicator.kind in (FLOW, STOCK)
    assert indicator.decimals in (0, 2)
    assert indicator.unit
    assert ledgers.has_model(indicator.records)
    assert indicator.synonyms
    assert indicator.label not in indicator.synonyms
    if indicator.part_of:
        # A target may ask for all of these.
        assert indicators.get(indicator.part_of).unit == indicator.unit
    placeholders = [
        field for _, field, _, _ in string.Formatter().parse(indicator.phrase) if field is not None
    ]
    assert placeholders == ([""] if indicator.is_said else [])


def test_no_word_of_prose_means_two_indicators() -> None:
    for one, other in itertools.combinations(indicators.all(), 2):
        shared = {one.label, *one.synonyms} & {other.label, *other.synonyms}
        assert not shared, (one.code, other.code)


@each_indicator
def test_the_figure_is_its_records(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf
) -> None:
    for unit in (units.county, units.township, units.village):
        for period in PERIODS:
            figure = figure_of(unit, period, indicator.code)
            records = indicator.queryset(unit, period)
            assert figure.records == records.count()
            if indicator.measure.derive is not None:
                continue  # Not made of records alone: has a test of its own.
            assert figure.value == by_hand(indicator, unit, period), (unit, period)
            assert ((figure.value or 0) > 0) <= (figure.records > 0)


def test_a_page_is_told_the_same_as_whoever_asks_for_one_figure(filled: Filled, units: Units) -> None:
    """A page has its figures added up together, with those of the units below."""
    codes = [member.code for member in indicators.all()]
    for unit in (units.county, units.township, units.village):
        within = list(OrgUnit.objects.subtree(unit))
        below = [each for each in within if each.depth == unit.depth + 1]
        together = Remembered(Shown(unit, below, within, PERIODS)).compute
        for level in ([unit], below):
            alone = {key: cell for code in codes for key, cell in compute([code], level, PERIODS).items()}
            assert together(codes, level, PERIODS) == alone


@each_indicator
def test_the_comparisons_are_the_figures_of_those_periods(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf
) -> None:
    period = Period.parse("2025Q3")
    figure = figure_of(units.township, period, indicator.code)
    # Alone it is what it is among the others.
    assert figures(units.township, period, [indicator.code]) == {indicator.code: figure}
    for other, value in (
        (period.previous, figure.previous),
        (period.same_period_last_year, figure.same_period_last_year),
    ):
        assert value == figure_of(units.township, other, indicator.code).value


@each_indicator
def test_a_unit_is_the_sum_of_those_below_and_its_own(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf, below_of: BelowOf
) -> None:
    if not indicator.measure.additive:
        # What is counted once in the whole may be counted in several parts.
        return
    for parent in (units.county, units.township):
        children = list(parent.children())
        for period in PERIODS:
            whole = figure_of(parent, period, indicator.code).value
            below = below_of(parent, period)
            own = indicator.queryset(parent, period).filter(unit=parent)
            field = indicator.measure.field
            own_value = sum((getattr(record, field) if field else 1 for record in own), Decimal(0))
            assert whole == sum(below[child.pk][indicator.code] or 0 for child in children) + own_value


@each_indicator
def test_a_stock_knows_its_day_and_a_flow_adds_up_over_the_quarters(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf
) -> None:
    year = Period.parse("2025")
    whole = figure_of(units.township, year, indicator.code).value
    quarters = [figure_of(units.township, quarter, indicator.code).value for quarter in year.quarters]
    if indicator.kind == FLOW and indicator.measure.additive:
        assert whole == sum(value or 0 for value in quarters)
    if indicator.kind == STOCK:
        # A stock is as at the last day, so the year's is the fourth quarter's.
        assert whole == quarters[-1]


@each_indicator
def test_a_part_is_never_more_than_its_whole(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf
) -> None:
    if not indicator.part_of:
        return
    for period in PERIODS:
        part, whole = (figure_of(units.county, period, code) for code in (indicator.code, indicator.part_of))
        assert (part.value or 0) <= (whole.value or 0)


def test_every_indicator_answers_for_a_month(filled: Filled, units: Units) -> None:
    """Nobody reports by the month, but targets can be set for each."""
    codes = [indicator.code for indicator in indicators.all()]
    quarter = Period.parse("2025Q3")
    cells = compute(codes, [units.township], [quarter, *quarter.split("month")])
    for indicator in indicators.all():
        values = [
            cells[indicator.code, units.township.pk, month].value or 0 for month in quarter.split("month")
        ]
        if indicator.kind == FLOW and indicator.measure.additive:
            assert sum(values) == cells[indicator.code, units.township.pk, quarter].value


@each_indicator
def test_the_demo_records_give_every_indicator_something_to_show(
    indicator: Indicator, filled: Filled, units: Units, figure_of: FigureOf
) -> None:
    assert any(figure_of(units.county, period, indicator.code).records for period in PERIODS)
