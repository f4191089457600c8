"""Requests that no browser of ours sends: refused with a page, nothing written, and the next request works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from django.test import Client
from lxml import html

from ledgers.access import Role
from ledgers.models import User
from ledgers.registry import Ledger
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import Filled, each_ledger
from tests.contracts.pages import form_data, hidden_value
from tests.contracts.reading.test_markup import addresses
from tests.contracts.reading.test_scope import every_url

SignIn = Callable[[User], Client]
FORM = "application/x-www-form-urlencoded"
#: NUL, which PostgreSQL takes in no text; half a surrogate pair in UTF-8; half a character.
IMPOSSIBLE = ("a\0b", b"a\xed\xa0\x80b", b"a\xe5\x8f")


def asked_for(page: str) -> set[str]:
    """The names of all fields of the forms of a page that are sent in the address."""
    forms = html.fromstring(page).forms if page.strip() else []
    names = {name for form in forms if form.method == "GET" for name in form.inputs.keys()}  # noqa: SIM118
    return names | {"q", "unit", "period", "page", "per_page", "sort"}


def refused_or_shown(client: Client, url: str) -> bool:
    """Try the page with impossible characters; whether it is one that the client may see."""
    page = client.get(url)
    assert page.status_code < 500
    if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
        return False
    names = asked_for(page.content.decode())
    queries = [dict.fromkeys(names, value) for value in IMPOSSIBLE]
    # One at a time as well: what is wrong in one may keep the next from being looked at.
    queries += [{name: IMPOSSIBLE[0]} for name in sorted(names)]
    for query in queries:
        assert client.get(f"{url}?{urlencode(query)}").status_code < 500, (url, query)
    return True


@each_ledger
def test_characters_that_no_database_takes_are_wrong_values(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled
) -> None:
    client = signed_in(officer)
    refused_or_shown(client, ledger.url("list"))
    record = filled.mine[ledger.slug][0]
    data = form_data(ledger, record, officer)
    model: Any = ledger.model
    before = list(model._default_manager.order_by("pk").values())
    sent = {**dict.fromkeys(data, "a\0b"), "nonce": hidden_value(client, ledger.url("create"), "nonce")}
    assert client.post(ledger.url("create"), sent).status_code == 422
    for value in IMPOSSIBLE:
        body = urlencode({**dict.fromkeys(data, value), "row_version": str(record.row_version)})
        answer = client.post(ledger.url("edit", pk=record.pk), body, content_type=FORM)
        assert answer.status_code in (422, 409), value
    assert list(model._default_manager.order_by("pk").values()) == before
    assert client.get(ledger.url("list")).status_code == 200


def test_pages_beside_the_ledgers_take_them_for_wrong_values_too(
    signed_in: SignIn, account: AccountFactory, units: Units
) -> None:
    """By every role, and each page with all of it by the first role that it is shown to."""
    shown: set[str] = set()
    # From the one who sees most on.
    for role in sorted(Role, key=lambda role: role != Role.OFFICER):
        client = signed_in(account(role))
        for url in [*addresses(), "/indicators/work.meetings/records/"]:
            if url not in shown and refused_or_shown(client, url):
                shown.add(url)
        for value in IMPOSSIBLE:
            assert client.get(f"/indicators/{quote(value)}/records/").status_code in (403, 404)
        assert client.get("/", follow=True).status_code == 200
    assert {"/", "/dashboard/", "/reports/", "/accounts/", "/audit/", "/imports/"} <= shown
    for value in IMPOSSIBLE:
        stranger = urlencode({"username": value, "password": value})
        assert Client().post("/sign-in/", stranger, content_type=FORM).status_code == 200


#: As a form without a file sends them; what a form with a file sends takes the test client ten times as long.
MANY = urlencode({f"field{number}": "x" for number in range(1500)})


def with_token_checks(client: Client) -> Client:
    """As in production, where the check reads the fields of every request that could change something."""
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = client.cookies
    assert checked.get("/password/").status_code == 200
    return checked


@each_ledger
def test_1500_fields_are_refused_on_every_form(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled
) -> None:
    record = filled.mine[ledger.slug][0]
    client = with_token_checks(signed_in(officer))
    answers = {
        url: client.post(url, MANY, content_type=FORM).status_code for _, url in every_url(ledger, record)
    }
    assert set(answers.values()) == {400}, answers
    assert client.get(record.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("role", Role)
def test_1500_fields_are_refused_by_every_page_beside_the_ledgers(
    role: Role, signed_in: SignIn, account: AccountFactory, units: Units
) -> None:
    client = with_token_checks(signed_in(account(role)))
    answers = {url: client.post(url, MANY, content_type=FORM).status_code for url in addresses()}
    assert set(answers.values()) == {400}, answers
    assert client.get("/", follow=True).status_code == 200


def test_1500_fields_beside_a_file_are_refused_as_well(signed_in: SignIn, officer: User) -> None:
    client = with_token_checks(signed_in(officer))
    fields = dict(parse_qsl(MANY))
    for url in ("/ledgers/enterprises/import/", "/ledgers/population-returns/import/", "/password/"):
        assert client.post(url, fields).status_code == 400, url
