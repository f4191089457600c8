"""Pages ask the database as often for fifty records as for five."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.indicators import breakdown, figures, indicators, series
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import Ledger, ledgers
from tests.conftest import Units
from tests.contracts.conftest import Filled, each_ledger, save
from tests.contracts.pages import body

SignIn = Callable[[User], Client]
FEW, MANY = 5, 50
#: Figures that are made of more than records, such as the returns due, may ask once each.
DERIVED = sum(member.measure.derive is not None for member in indicators.all())


@pytest.fixture
def busy(units: Units) -> Units:
    """A township with enough villages for the ledgers that have one record for each."""
    more = [
        OrgUnit.objects.create_under(
            units.township, code=f"330281101{number}", name=f"示例{number}村", level=OrgUnit.Level.VILLAGE
        )
        for number in range(300, 300 + MANY)
    ]
    return replace(units, villages=[*units.villages, *more])


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()
    return len(captured)


def grow(ledger: Ledger, units: Units, count: int) -> None:
    """Bring the ledger to ``count`` records of the township."""
    model: Any = ledger.model
    model.objects.all().delete()
    # Years enough for the ledgers that have a few records for each of them.
    save(ledger, units.township, count, years=list(range(2010, 2027)))
    assert model.objects.count() == count


@pytest.mark.parametrize("page", ["list", "export"])
@each_ledger
def test_the_list_and_its_export(
    ledger: Ledger, page: str, busy: Units, signed_in: SignIn, officer: User
) -> None:
    client = signed_in(officer)

    def ask() -> None:
        response = client.get(ledger.url(page), {"per_page": 100})
        assert response.status_code == 200
        assert body(response)

    counted = {}
    for count in (FEW, MANY):
        grow(ledger, busy, count)
        ask()  # what is asked once and kept, such as content types, is asked here
        counted[count] = queries(ask)
    assert counted[MANY] == counted[FEW] <= 25


@each_ledger
def test_the_list_of_deleted_records(ledger: Ledger, busy: Units, signed_in: SignIn, officer: User) -> None:
    client = signed_in(officer)
    counted = {}
    model: Any = ledger.model
    for count in (FEW, MANY):
        grow(ledger, busy, count)
        for record in model.objects.all():
            record.delete()
        client.get(ledger.url("deleted"))
        counted[count] = queries(lambda: client.get(ledger.url("deleted")))
    assert counted[MANY] == counted[FEW]


def test_the_figures_of_a_unit_take_one_query_for_each_model(filled: Filled, units: Units) -> None:
    models = {member.records for member in indicators.all()}
    targets = 1
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
