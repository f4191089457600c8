"""Figures take one query for each model, however many units, periods and records there are."""

from __future__ import annotations

import pytest

from ledgers.indicators import breakdown, figures, indicators, series
from ledgers.periods import Period
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.contracts.conftest import Filled
from tests.contracts.pages import queries

pytestmark = pytest.mark.each_database

#: Figures that are made of more than records, such as the returns due, may ask once each.
DERIVED = sum(member.measure.derive is not None for member in indicators.all())


def test_the_figures_of_a_unit_take_one_query_for_each_model(filled: Filled, units: Units) -> None:
    models = {member.records for member in indicators.all()}
    targets = 2  # the targets, and how many there are of what one of them asks all of
    asked = queries(lambda: figures(units.township, Period.parse("2025")))
    assert asked <= len(models) + targets + DERIVED


def test_more_villages_or_periods_ask_no_more(filled: Filled, units: Units) -> None:
    codes = [member.code for member in indicators.all()]
    models = {member.records for member in indicators.all()}
    period = Period.parse("2025Q3")
    assert queries(lambda: breakdown(units.villages, period, codes)) <= len(models) + DERIVED
    assert queries(lambda: series(units.township, list(period.back(8)), codes)) <= len(models) + DERIVED


def test_every_ledger_was_filled(filled: Filled) -> None:
    assert all(filled.mine[ledger.slug] for ledger in ledgers)
