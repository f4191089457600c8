"""List, detail, filter, search, sort and export work for every ledger, and offer nobody what he may not do."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import django_filters
import openpyxl
import pytest
from django.test import Client, RequestFactory
from django.urls import resolve

from ledgers.access import Role
from ledgers.models import User
from ledgers.paging import PAGE_SIZES
from ledgers.registry import Ledger
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import Filled, each_ledger
from tests.contracts.pages import body

SignIn = Callable[[User], Client]


def total(user: User, ledger: Ledger, **query: Any) -> int:
    """How many records the list has for these parameters; the page is put together, and not drawn."""
    url = ledger.url("list")
    request = RequestFactory().get(url, query)
    request.user = user
    response = resolve(url).func(request)
    assert response.status_code == 200
    context = response.context_data
    found: int = context["total"]
    shown = [row.record.pk for row in context["table"].page.object_list]
    assert len(set(shown)) == len(shown) == min(found, PAGE_SIZES[0])
    return found


@each_ledger
def test_list_and_detail_show_the_records(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled, units: Units
) -> None:
    client = signed_in(officer)
    response = client.get(ledger.url("list"))
    assert response.status_code == 200
    assert response.context["total"] == total(officer, ledger) == len(filled.mine[ledger.slug])
    page = response.content.decode()
    manager: Any = ledger.model._default_manager
    newest = manager.within(units.township).order_by(*ledger.ordering).first()
    assert newest.get_absolute_url() in page
    response = client.get(newest.get_absolute_url())
    assert response.status_code == 200
    assert str(newest) in response.content.decode()


@pytest.mark.each_database
@each_ledger
def test_search_finds_a_record_by_each_of_its_search_fields(
    ledger: Ledger, officer: User, units: Units
) -> None:
    manager: Any = ledger.model._default_manager
    mine = manager.within(units.township)
    for name in ledger.search_fields:
        texts = [text for text in mine.values_list(name, flat=True) if text]
        assert texts, f"no sample has a {name}"
        word = texts[0].split()[0]
        assert 1 <= total(officer, ledger, q=word) <= len(mine)
    assert total(officer, ledger, q="查无此事") == 0


@pytest.mark.each_database
@each_ledger
def test_the_unit_filter_takes_the_subtree(
    ledger: Ledger, officer: User, filled: Filled, units: Units
) -> None:
    records = filled.mine[ledger.slug]
    assert total(officer, ledger, unit=units.township.pk) == len(records)
    for village in units.villages:
        own = sum(record.unit_id == village.pk for record in records)
        assert total(officer, ledger, unit=village.pk) == own


@pytest.mark.each_database
@each_ledger
def test_the_period_filter_follows_the_ledgers_date(ledger: Ledger, officer: User, filled: Filled) -> None:
    records = filled.mine[ledger.slug]
    if ledger.date_field is None:
        assert total(officer, ledger, period="2025") == len(records)  # no such filter: ignored
        return
    days = [getattr(record, ledger.date_field) for record in records]
    assert total(officer, ledger, period="2025") == sum(day.year == 2025 for day in days)
    second = [day for day in days if day.year == 2025 and day.month in (4, 5, 6)]
    assert total(officer, ledger, period="2025Q2") == len(second)
    assert total(officer, ledger, period="nonsense") in (0, len(records))


@pytest.mark.each_database
@each_ledger
def test_the_values_of_every_choice_filter_share_out_the_records(
    ledger: Ledger, officer: User, filled: Filled
) -> None:
    records = filled.mine[ledger.slug]
    filterset = ledger.filterset(
        {}, queryset=ledger.model._default_manager.none(), user=officer, ledger=ledger
    )
    for name, declared in filterset.filters.items():
        if type(declared) is not django_filters.ChoiceFilter:
            continue
        values = [value for value, _ in declared.field.choices if value]
        if declared.method is None:
            # Of a long list those in use, and one that is not.
            used = {str(getattr(record, declared.field_name)) for record in records}
            values = [*used, *[value for value in values if str(value) not in used][:1]]
        counts = {value: total(officer, ledger, **{name: value}) for value in values}
        assert all(0 <= count <= len(records) for count in counts.values()), name
        assert sum(counts.values()) > 0, f"{name} finds nothing at all"


@pytest.mark.each_database
@each_ledger
def test_every_column_sorts_both_ways_without_losing_a_record(
    ledger: Ledger, officer: User, filled: Filled
) -> None:
    records = filled.mine[ledger.slug]
    for name in ledger.table.base_columns:
        for order in (name, f"-{name}"):
            assert total(officer, ledger, sort=order) == len(records)
    assert total(officer, ledger, sort="no_such_column") == len(records)


@each_ledger
def test_the_export_is_the_list(ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled) -> None:
    records = filled.mine[ledger.slug]
    response = signed_in(officer).get(ledger.url("export"))
    assert response.status_code == 200
    content = body(response)
    rows = list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    assert ledger.sheet is not None
    assert len(rows[0]) == len(ledger.sheet.columns())
    # A composition is one record and a row for each group.
    expected = sum(len(getattr(record, "lines", [None])) for record in records)
    assert len(rows) - 1 == expected


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CLERK, Role.LEADER])
@each_ledger
def test_readers_see_no_button_that_they_may_not_press(
    ledger: Ledger, role: Role, signed_in: SignIn, account: AccountFactory, filled: Filled, units: Units
) -> None:
    records = filled.mine[ledger.slug]
    user = account(role, units.village if role == Role.CLERK else units.township)
    client = signed_in(user)
    may_write = user.role in ledger.writers
    page = client.get(ledger.url("list")).content.decode()
    assert (f'"{ledger.url("create")}"' in page) == may_write
    takes_it = ledger.takes_uploads and may_write and role == Role.OFFICER
    assert (f'"/ledgers/{ledger.slug}/import/"' in page) == takes_it
    own = [record for record in records if record.unit_id == user.unit_id]
    for record in own[:1]:
        page = client.get(record.get_absolute_url()).content.decode()
        assert (ledger.url("edit", pk=record.pk) in page) == may_write
        assert (ledger.url("delete", pk=record.pk) in page) == may_write
