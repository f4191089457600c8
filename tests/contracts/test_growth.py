"""A township ten times as large: every page asks the database as often for two hundred villages as for ten.

Each village brings a return, an activity and an enterprise with their history, an account and what it did. Lists are
tried ledger by ledger in ``test_queries``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ethnicity.models import PopulationReturn
from ledgers.access import Role
from ledgers.history import CREATED, record_bulk_history
from ledgers.models import Action, OrgUnit, UnitChange, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from ledgers.work.models import Activity
from nonpublic.models import Enterprise
from tests.conftest import AccountFactory, Units
from tests.contracts.pages import body, queries
from tests.core.factories import credit_code
from tests.returns.factories import DRAFT, SUBMITTED, states

FEW, MANY = 10, 200
QUARTER = Period.parse("2025Q3")
DAY = dt.date(2025, 8, 1)


def grow(township: OrgUnit, first: int, last: int) -> None:
    """Add the villages with these numbers and all that comes with each."""
    parent = OrgUnit.objects.get(pk=township.pk)
    villages = []
    for number in range(first, last):
        code, name = f"330281101{number + 300}", f"新{number}村"
        villages.append(OrgUnit.objects.create_under(parent, code=code, name=name, level="village"))
    some: list[Any] = [
        [Activity(unit=each, kind="visit", title=f"走访{each}", held_on=DAY) for each in villages],
        [
            Enterprise(unit=each, name=f"{each}公司", credit_code=credit_code(each.pk), founded_on=DAY)
            for each in villages
        ],
        [
            PopulationReturn(
                unit=each, period=str(QUARTER), residents=900, registered=2, **states(str(QUARTER), SUBMITTED)
            )
            for each in villages
        ],
        [
            PopulationReturn(unit=each, period=str(QUARTER.previous), residents=9, state=DRAFT)
            for each in villages
        ],
    ]
    for records in some:
        made = type(records[0]).objects.bulk_create(records)
        record_bulk_history(made, kind=CREATED, user=None)
    people = User.objects.bulk_create(
        User(username=f"cun{each.pk}", name=f"{each}填报员", unit=each, role=Role.CLERK) for each in villages
    )
    Action.objects.bulk_create(
        Action(kind="record", result="done", user=each, account=each.username, unit=each.unit)
        for each in people
    )
    UnitChange.objects.bulk_create(
        UnitChange(unit=each, kind="renamed", on=DAY, old_name="旧名", new_name=each.name)
        for each in villages
    )


def pages() -> dict[str, list[str]]:
    """Who opens which pages."""

    def first(model: Any, **fields: Any) -> Any:
        return model.objects.filter(**fields).earliest("pk")

    def edit(model: Any, **fields: Any) -> str:
        return ledgers.for_model(model).url("edit", pk=first(model, **fields).pk)

    def new(slug: str) -> str:
        return ledgers.get(slug).url("create")

    dashboard, of_year = reverse("dashboard:show"), "period=2025"
    visits = reverse("indicators:records", kwargs={"code": "work.visits"})
    board = ledgers.for_model(PopulationReturn).url("board")
    account = first(User, role=Role.CLERK).pk
    return {
        "officer": [
            reverse("home"),
            f"{dashboard}?{of_year}&state=submitted&order=urgency",
            f"{visits}?{of_year}",
            f"{board}?year=2025",
            ledgers.for_model(PopulationReturn).url("review"),
            edit(PopulationReturn, state=DRAFT),
            edit(Activity),
            edit(Enterprise),
            new("activities"),
            new("population-returns"),
            # One of all the township's enterprises is chosen.
            new("enterprise-requests"),
        ],
        "county": [f"{dashboard}?{of_year}"],
        "admin": [
            reverse("accounts:list"),
            reverse("accounts:edit", kwargs={"pk": account}),
            reverse("accounts:units"),
            reverse("accounts:unit", kwargs={"pk": first(OrgUnit, level="village").pk}),
        ],
        "auditor": [
            f"{reverse('audit:list')}?ledger=activities",
            f"{reverse('audit:list')}?ledger=population-returns&unit={first(OrgUnit, level='township').pk}",
            reverse("audit:actions"),
            f"{reverse('audit:actions')}?kind=record&account=cun",
        ],
    }


@pytest.mark.django_db
def test_a_page_asks_as_often_for_two_hundred_villages_as_for_ten(
    units: Units, account: AccountFactory, signed_in: Callable[[User], Client]
) -> None:
    people = {
        "officer": account(Role.OFFICER),
        "county": account(Role.OFFICER, units.county),
        "admin": account(Role.ADMIN),
        "auditor": account(Role.AUDITOR),
    }
    clients = {name: signed_in(person) for name, person in people.items()}
    asked: dict[tuple[str, str], list[int]] = {}
    sizes: dict[tuple[str, str], list[int]] = {}
    for first, last in ((0, FEW), (FEW, MANY)):
        grow(units.township, first, last)
        for name, addresses in pages().items():
            for address in addresses:
                # What a process asks once is asked here.
                answer = clients[name].get(address)
                assert answer.status_code == 200, (name, address)
                sizes.setdefault((name, address), []).append(len(body(answer)))
                count = queries(lambda: clients[name].get(address))  # noqa: B023 - called at once
                asked.setdefault((name, address), []).append(count)
    # What fits on its page need not be counted: that may be asked beside.
    more = {page: counts for page, counts in asked.items() if not counts[0] <= counts[1] <= counts[0] + 1}
    assert not more, more
    beside = [address for (_, address), (few, many) in asked.items() if few != many]
    assert all("/records/" in address or address == reverse("accounts:list") for address in beside), beside
    # They did show more.
    assert sum(many > few * 1.5 for few, many in sizes.values()) > 8
