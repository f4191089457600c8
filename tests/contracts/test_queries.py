"""Pages ask the database as often for twenty records as for five."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.test import Client

from ledgers.models import OrgUnit, User
from ledgers.registry import Ledger, ledgers
from tests.conftest import Units
from tests.contracts.conftest import each_ledger, save
from tests.contracts.pages import body, queries

SignIn = Callable[[User], Client]
FEW, MANY = 5, 20


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


def grow(ledger: Ledger, units: Units, count: int) -> None:
    """Bring the ledger to ``count`` records of the township."""
    model: Any = ledger.model
    model.objects.all().delete()
    # Years enough for the ledgers that have a few records for each of them.
    save(ledger, units.township, count, years=list(range(2010, 2027)))
    assert model.objects.count() == count


@each_ledger
def test_the_list_its_export_and_the_deleted_records(
    ledger: Ledger, busy: Units, signed_in: SignIn, officer: User
) -> None:
    client = signed_in(officer)

    def ask(page: str) -> None:
        response = client.get(ledger.url(page), {"per_page": 100})
        assert response.status_code == 200
        assert body(response)

    counted: dict[int, dict[str, int]] = {}
    for count in (FEW, MANY):
        grow(ledger, busy, count)
        counted[count] = {}
        for page in ("list", "export", "deleted"):
            if page == "deleted":
                for record in ledger.model._default_manager.all():
                    record.delete()
            if count == FEW:
                ask(page)  # what is asked once and kept, such as content types, is asked here
            counted[count][page] = queries(partial(ask, page))
    assert counted[MANY] == counted[FEW]
    assert max(counted[MANY].values()) <= 25


@pytest.mark.parametrize("slug", ["enterprises", "activities"])
def test_a_list_of_a_thousand(slug: str, units: Units, signed_in: SignIn, officer: User) -> None:
    """Ten records against a thousand, by pages: the other lists are drawn by the same view and the same table."""
    ledger, client = ledgers.get(slug), signed_in(officer)
    asked = []
    for count in (10, 1000):
        # The samples of an enterprise come with the same codes again.
        ledger.model._default_manager.all().delete()
        save(ledger, units.township, count, scale=60)
        client.get(ledger.url("list"))
        asked.append(queries(partial(client.get, ledger.url("list"))))
    assert ledger.model._default_manager.count() >= 1000
    # What fits on its page need not be counted; that is the only question that more records add.
    assert asked[1] <= asked[0] + 1
    last = queries(partial(client.get, ledger.url("list"), {"page": 40}))
    assert last == asked[1]
