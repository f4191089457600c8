"""List, filter, search, sort, create, edit, delete, restore, history and export work for every ledger."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import django_filters
import openpyxl
import pytest
from django.test import Client

from ledgers.access import Role
from ledgers.models import User
from ledgers.registry import Ledger
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import each_ledger, save
from tests.contracts.pages import body, edited_field, form_data, hidden_value

SignIn = Callable[[User], Client]


def total(client: Client, ledger: Ledger, **query: Any) -> int:
    response = client.get(ledger.url("list"), query)
    assert response.status_code == 200
    found: int = response.context["total"]
    return found


@each_ledger
def test_an_empty_list_offers_a_start(ledger: Ledger, signed_in: SignIn, officer: User) -> None:
    response = signed_in(officer).get(ledger.url("list"))
    assert response.context["total"] == 0
    assert ledger.url("create") in response.content.decode()


@each_ledger
def test_list_and_detail_show_the_records(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    records = save(ledger, units.township)
    client = signed_in(officer)
    assert total(client, ledger) == len(records)
    page = client.get(ledger.url("list")).content.decode()
    newest = ledger.model._default_manager.order_by(*ledger.ordering).first()
    assert newest is not None
    assert newest.get_absolute_url() in page
    response = client.get(newest.get_absolute_url())
    assert response.status_code == 200
    assert str(newest) in response.content.decode()


@each_ledger
def test_search_finds_a_record_by_each_of_its_search_fields(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    save(ledger, units.township)
    client = signed_in(officer)
    for name in ledger.search_fields:
        manager: Any = ledger.model._default_manager
        texts = [text for text in manager.values_list(name, flat=True) if text]
        assert texts, f"no sample has a {name}"
        word = texts[0].split()[0]
        assert 1 <= total(client, ledger, q=word) <= len(manager.all())
    assert total(client, ledger, q="查无此事") == 0


@each_ledger
def test_the_unit_filter_takes_the_subtree(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    records = save(ledger, units.township)
    client = signed_in(officer)
    assert total(client, ledger, unit=units.township.pk) == len(records)
    for village in units.villages:
        own = sum(record.unit_id == village.pk for record in records)
        assert total(client, ledger, unit=village.pk) == own


@each_ledger
def test_the_period_filter_follows_the_ledgers_date(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    records = save(ledger, units.township)
    client = signed_in(officer)
    if ledger.date_field is None:
        assert total(client, ledger, period="2025") == len(records)  # no such filter: ignored
        return
    days = [getattr(record, ledger.date_field) for record in records]
    assert total(client, ledger, period="2025") == sum(day.year == 2025 for day in days)
    second = [day for day in days if day.year == 2025 and day.month in (4, 5, 6)]
    assert total(client, ledger, period="2025Q2") == len(second)
    assert total(client, ledger, period="nonsense") in (0, len(records))


@each_ledger
def test_the_values_of_every_choice_filter_share_out_the_records(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    records = save(ledger, units.township)
    client = signed_in(officer)
    filterset = ledger.filterset(
        {}, queryset=ledger.model._default_manager.none(), user=officer, ledger=ledger
    )
    for name, declared in filterset.filters.items():
        if type(declared) is not django_filters.ChoiceFilter:
            continue
        values = [value for value, _ in declared.field.choices if value]
        counts = {value: total(client, ledger, **{name: value}) for value in values}
        assert all(0 <= count <= len(records) for count in counts.values()), name
        assert sum(counts.values()) > 0, f"{name} finds nothing at all"


@each_ledger
def test_every_column_sorts_both_ways_without_losing_a_record(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    records = save(ledger, units.township)
    client = signed_in(officer)
    for name in ledger.table.base_columns:
        for order in (name, f"-{name}"):
            assert total(client, ledger, sort=order) == len(records)
    assert total(client, ledger, sort="no_such_column") == len(records)


@each_ledger
def test_create_edit_delete_and_restore(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    (record,) = save(ledger, units.township, 1)
    client = signed_in(officer)
    data = form_data(ledger, record, officer)

    assert client.post(ledger.url("delete", pk=record.pk)).status_code == 302
    model: Any = ledger.model
    assert not model._default_manager.exists()

    nonce = hidden_value(client, ledger.url("create"), "nonce")
    response = client.post(ledger.url("create"), {**data, "nonce": nonce})
    assert response.status_code == 302, response.context["form"].errors
    made = model._default_manager.get()
    assert form_data(ledger, made, officer) == data
    assert (made.unit_id, made.created_by) == (record.unit_id, officer)

    edit = ledger.url("edit", pk=made.pk)
    name, text = edited_field(ledger, made, officer)
    version = hidden_value(client, edit, "row_version")
    assert client.post(edit, {**data, name: text, "row_version": version}).status_code == 302
    made.refresh_from_db()
    assert getattr(made, name) == text

    page = client.get(ledger.url("history", pk=made.pk)).content.decode()
    assert text in page
    assert str(officer) in page

    client.post(ledger.url("delete", pk=made.pk))
    row = model.history.filter(id=made.pk, history_type="-").latest("history_id")
    restore = ledger.url("restore", history_id=row.history_id)
    assert restore in client.get(ledger.url("deleted")).content.decode()
    assert client.get(restore).status_code == 200
    assert client.post(restore).status_code == 302
    assert getattr(model._default_manager.get(), name) == text


@each_ledger
def test_a_form_sent_empty_is_shown_again_with_its_errors(
    ledger: Ledger, signed_in: SignIn, officer: User
) -> None:
    client = signed_in(officer)
    response = client.post(ledger.url("create"), {})
    assert response.status_code == 422
    required = [name for name, field in response.context["form"].fields.items() if field.required]
    assert required
    assert set(required) <= set(response.context["form"].errors)


@each_ledger
def test_the_export_is_the_list(ledger: Ledger, signed_in: SignIn, officer: User, units: Units) -> None:
    records = save(ledger, units.township)
    save(ledger, units.neighbour)
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
    ledger: Ledger, role: Role, signed_in: SignIn, account: AccountFactory, units: Units
) -> None:
    records = save(ledger, units.township)
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
