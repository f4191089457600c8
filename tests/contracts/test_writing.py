"""Create, edit, delete and restore work for every ledger, and only where one may write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.forms import ModelChoiceField
from django.test import Client

from ledgers.access import Role
from ledgers.models import User
from ledgers.registry import Ledger
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import each_ledger, save
from tests.contracts.pages import edited_field, form_data, hidden_value

SignIn = Callable[[User], Client]


@each_ledger
def test_an_empty_list_offers_a_start(ledger: Ledger, signed_in: SignIn, officer: User) -> None:
    response = signed_in(officer).get(ledger.url("list"))
    assert response.context["total"] == 0
    assert ledger.url("create") in response.content.decode()


@pytest.mark.each_database
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
def test_a_posted_foreign_unit_or_record_is_refused(
    ledger: Ledger, signed_in: SignIn, account: AccountFactory, units: Units
) -> None:
    # A clerk tries the next village; where clerks do not write, an officer tries the next township.
    role = Role.CLERK if Role.CLERK in ledger.writers else Role.OFFICER
    user = account(role, units.village if role == Role.CLERK else units.neighbour)
    records = save(ledger, units.township)
    foreign = next(record for record in records if record.unit_id != units.village.pk)
    data = form_data(ledger, foreign, account(Role.OFFICER, units.township))
    client = signed_in(user)
    model: Any = ledger.model
    before = model._default_manager.count()
    nonce = hidden_value(client, ledger.url("create"), "nonce")
    response = client.post(ledger.url("create"), {**data, "nonce": nonce})
    assert response.status_code == 422
    form = response.context["form"]
    chosen = {name for name, field in form.fields.items() if isinstance(field, ModelChoiceField)}
    assert chosen & set(form.errors)
    assert model._default_manager.count() == before
