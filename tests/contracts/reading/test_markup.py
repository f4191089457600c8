"""Whatever stands in a record, a unit's or an account's name: every page shows it as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ledgers.access import Role
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, User
from ledgers.registry import Ledger, ledgers
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import each_ledger
from tests.contracts.pages import body
from tests.contracts.reading.test_scope import every_url
from tests.contracts.test_round_trip import fill_texts

SignIn = Callable[[User], Client]
SCRIPT = "<script>alert(1)"


def addresses(entries: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every address without a variable part, but for those of the ledgers."""
    for entry in get_resolver().url_patterns if entries is None else entries:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        elif not entry.pattern.converters and not route.startswith("ledgers/"):
            yield f"/{route}"


def page(client: Client, url: str, **query: str) -> str:
    """The text of an answer that is a page; a file is none."""
    response = client.get(url, query, follow=True)
    assert response.status_code < 500, url
    content = body(response)
    return content.decode() if response["Content-Type"].startswith("text/html") else ""


def taint(ledger: Ledger, units: Units) -> Any:
    """Put the script into whatever texts three records of the ledger have, and into their history; returns one."""
    model: Any = ledger.model
    records = list(model._default_manager.within(units.township)[:3])
    fill_texts(ledger, records, [SCRIPT])
    for record in records:
        record.save()
    return records[0]


def test_no_ledger_is_without_a_text_that_can_be_tainted(filled: object, units: Units) -> None:
    tainted = [ledger.slug for ledger in ledgers if SCRIPT in str(vars(taint(ledger, units)))]
    assert len(tainted) > len(list(ledgers)) / 2


@each_ledger
def test_no_page_of_a_ledger_obeys_its_records(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: object, units: Units
) -> None:
    OrgUnit.objects.update(name=f"{SCRIPT}村")
    User.objects.filter(pk=officer.pk).update(name=f"{SCRIPT}某")
    officer.refresh_from_db()
    record = taint(ledger, units)
    client = signed_in(officer)
    shown = {url: page(client, url, q=SCRIPT, sort=SCRIPT) for _, url in every_url(ledger, record)}
    assert [url for url, text in shown.items() if SCRIPT in text] == []
    assert "&lt;script&gt;alert(1)" in shown[record.get_absolute_url()]


@pytest.mark.parametrize("role", Role)
def test_no_page_beside_the_ledgers_obeys_them_either(
    role: Role, signed_in: SignIn, account: AccountFactory, filled: object, units: Units
) -> None:
    for ledger in ledgers:
        taint(ledger, units)
    OrgUnit.objects.update(name=f"{SCRIPT}村")
    user = account(role, OrgUnit.objects.get(pk=(units.village if role == Role.CLERK else units.township).pk))
    User.objects.update(name=f"{SCRIPT}某")
    client = signed_in(User.objects.get(pk=user.pk))
    first_of = {member.records: member.code for member in indicators.all()}
    urls = [*addresses(), *(f"/indicators/{code}/records/" for code in first_of.values())]
    township = units.township.code
    shown = {url: page(client, url, unit=township, period="2025", q=SCRIPT) for url in urls}
    assert [url for url, text in shown.items() if SCRIPT in text] == []
    # The name of the account's unit stands on every page.
    assert "&lt;script&gt;alert(1)" in shown["/"]
    assert sum(bool(re.search("&lt;script&gt;", text)) for text in shown.values()) >= 2
