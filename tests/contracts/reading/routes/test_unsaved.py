"""Every form in which people write, sent after its session has ended: all is there again, and none of it saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from ledgers.models import User
from ledgers.registry import ledgers
from ledgers.unsaved import CARRIED, MARK, opened
from tests.contracts.conftest import Filled
from tests.contracts.reading.routes.cast import OTHERS, Cast, contents, refusal, view_of
from tests.returns.factories import ACCEPTED, SUBMITTED

SignIn = Callable[[User], Client]

#: Forms with something to type or choose whose contents are not kept, by a field that they have, and why.
NOT_KEPT: Final = {
    "old_password": "passwords",
    "code": "a code is good once",
    "file": "a workbook, which may be a name list",
}
OFFICER: Final = "officer of the township"
#: Who opens a page: the first of these who may.
ROLES: Final = (OFFICER, "leader of the township", "admin of the township", "auditor of the township")
WRITTEN: Final = ("text", "search", "number", "date", "email", "tel", "url")


def forms_of(page: str) -> list[Any]:
    found: list[Any] = html.fromstring(page).forms
    return [form for form in found if form.method == "POST"]


def inputs(form: Any) -> list[Any]:
    """What a person fills in: texts, choices and files, no ticks and no buttons."""
    return [
        field
        for field in form.iter("input", "select", "textarea")
        if field.get("name")
        and (field.tag != "input" or field.get("type", "text") in (*WRITTEN, "password", "file"))
    ]


def write(form: Any) -> None:
    """Type something into every text, as a browser would send it."""
    for field in inputs(form):
        kind = field.get("type", "text")
        if field.tag == "textarea":
            field.value = "第一行 <b>&amp;</b> {{7*7}}\n第二行"
        elif field.tag == "input" and kind in ("text", "search"):
            field.value = '写了"一半" <i>&'
        elif field.tag == "input" and kind == "number":
            field.value = "7"


def sent(form: Any) -> list[tuple[str, str]]:
    passing = {"csrfmiddlewaretoken", MARK, CARRIED}
    return sorted((name, value.strip()) for name, value in form.form_values() if name not in passing)


def pages(cast: Cast, filled: Filled) -> Iterator[tuple[str, str]]:
    """(who opens it, address) of every page that may have a form."""
    for name in OTHERS:
        may = [who for who in ROLES if not refusal(cast, name, cast.users[who])]
        if may and hasattr(view_of(name), "get"):
            yield may[0], cast.url(name)
    for ledger in ledgers:
        yield OFFICER, ledger.url("create")
        if ledger.takes_uploads:
            yield OFFICER, ledger.url("import")
        own = filled.mine[ledger.slug]
        states = {getattr(record, "state", ""): record for record in own}
        for state, record in states.items():
            yield OFFICER, ledger.url("edit", pk=record.pk)
            if state in (SUBMITTED, ACCEPTED):
                yield OFFICER, record.get_absolute_url()
            if state == ACCEPTED:
                yield OFFICER, ledger.url("reopen", pk=record.pk)


def test_a_form_sent_after_the_session_comes_back_filled_in_and_unsaved(
    cast: Cast, filled: Filled, db: None, signed_in: SignIn
) -> None:
    clients = {who: signed_in(cast.users[who]) for who in ROLES}
    before = contents()
    tried: dict[str, set[tuple[str, ...]]] = {}
    passed_over: set[str] = set()
    for who, address in pages(cast, filled):
        answer = clients[who].get(address)
        if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
            continue
        for number, form in enumerate(forms_of(answer.text)):
            names = tuple(sorted({field.get("name") for field in inputs(form)}))
            if not names:
                continue
            if MARK not in form.inputs:
                assert set(names) & set(NOT_KEPT), f"{address}: what is typed into {names} is lost"
                passed_over |= set(names) & set(NOT_KEPT)
                continue
            assert not [field for field in inputs(form) if field.get("type") == "password"], address
            tried.setdefault(address, set()).add(names)
            write(form)
            typed = sent(form)
            refused = Client().post(form.action or address, dict_of(form))
            assert refused.status_code == 401, address
            (step,) = forms_of(refused.text)
            assert step.action == reverse("login")
            kept = opened(step.fields[CARRIED])
            assert kept is not None
            shown = clients[who].post(kept.page, {CARRIED: step.fields[CARRIED]})
            assert shown.status_code == 200, address
            assert "还没有保存" in shown.text
            again = forms_of(shown.text)[number]
            assert sent(again) == typed, address
    assert contents() == before
    assert passed_over == set(NOT_KEPT), "no longer there"
    assert {ledger.url("create") for ledger in ledgers} <= set(tried)
    for name in ("accounts:create", "accounts:unit", "reports:submit", "reports:draft", "reports:edit"):
        assert cast.url(name) in tried
    assert ("reason",) in {names for found in tried.values() for names in found}


def dict_of(form: Any) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        values.setdefault(name, []).append(value)
    return values


@pytest.mark.parametrize("address", ["reports:withdraw", "jobs:retry"])
def test_a_button_does_not_do_what_was_asked_before(
    cast: Cast, db: None, signed_in: SignIn, address: str
) -> None:
    """A view with nothing to show does nothing for a form that comes back, either."""
    client = signed_in(cast.users[OFFICER])
    before = contents()
    answer = client.post(cast.url(address), {CARRIED: "anything"})
    assert answer.headers["Location"] == reverse("home")
    assert contents() == before
