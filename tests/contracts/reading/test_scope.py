"""Another unit's record is 404 on every URL of every ledger; a verb that the role lacks is 403; a stranger signs in.

The URLs are walked, not listed: a new one is tried without a change here, or fails for want of a value.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern
from PIL import Image

from ledgers.access import Role, Verb
from ledgers.models import User
from ledgers.registry import Ledger, ledgers
from ledgers.work.photos import add_photos
from tests.conftest import AccountFactory, Units
from tests.contracts.conftest import Filled, each_ledger
from tests.contracts.pages import body

SignIn = Callable[[User], Client]

#: URLs that change a ledger, with the verb's roles narrowed by the ledger's writers.
WRITES = {
    "create",
    "edit",
    "delete",
    "deleted",
    "restore",
    "import",
    "blank",
    "photos",
    "photo-delete",
    "usual",
    "submit",
    "send-back",
    "accept",
    "reopen",
}


def patterns(ledger: Ledger) -> list[URLPattern]:
    return ledger.urls()


def values(ledger: Ledger, record: Any, pattern: URLPattern) -> dict[str, Any]:
    """A value for every part of the URL, from a record that exists."""
    found: dict[str, Any] = {}
    for name in pattern.pattern.converters:
        found[name] = VALUES[name](ledger, record)
    return found


def deleted_row(ledger: Ledger, record: Any) -> int:
    """The history row of a record of the same unit that has been deleted."""
    model: Any = ledger.model
    history = model.history.model
    fields = {field.attname: getattr(record, field.attname) for field in model._meta.concrete_fields}
    row = history.objects.create(
        **{**fields, "id": 10**9 + record.pk}, history_type="-", history_date=record.updated_at
    )
    return int(row.history_id)


def photo(ledger: Ledger, record: Any) -> int:
    """A photo of the activity; made once."""
    found = record.photos.first()
    if found is None:
        buffer = io.BytesIO()
        Image.new("RGB", (4, 3)).save(buffer, "PNG")
        (found,) = add_photos(activity=record, uploads=[ContentFile(buffer.getvalue(), "a.png")], user=None)
    return int(found.pk)


VALUES: dict[str, Callable[[Ledger, Any], Any]] = {
    "pk": lambda ledger, record: record.pk,
    "history_id": deleted_row,
    "photo": photo,
}


def urls_of(ledger: Ledger, record: Any) -> Iterator[tuple[str, str]]:
    """(name, URL) of every page about ``record``."""
    for pattern in patterns(ledger):
        if pattern.pattern.converters:
            assert pattern.name is not None
            yield pattern.name, ledger.url(pattern.name, **values(ledger, record, pattern))


def every_url(ledger: Ledger, record: Any) -> Iterator[tuple[str, str]]:
    yield from urls_of(ledger, record)
    for pattern in patterns(ledger):
        if not pattern.pattern.converters:
            assert pattern.name is not None
            yield pattern.name, ledger.url(pattern.name)


@each_ledger
def test_every_url_has_a_name_and_a_value_for_every_part(ledger: Ledger) -> None:
    for pattern in patterns(ledger):
        assert pattern.name
        assert set(pattern.pattern.converters) <= set(VALUES), f"say in VALUES how to fill {pattern.name}"


@each_ledger
def test_no_list_of_writes_is_stale(ledger: Ledger) -> None:
    names = {pattern.name for each in ledgers for pattern in patterns(each)}
    assert names >= WRITES


@each_ledger
def test_a_record_of_another_unit_is_not_found(
    ledger: Ledger, signed_in: SignIn, account: AccountFactory, filled: Filled, units: Units
) -> None:
    records = filled.mine[ledger.slug]
    elsewhere = [record for record in records if record.unit_id != units.village.pk]
    strangers = {
        "the clerk of the next village": (account(Role.CLERK, units.village), elsewhere),
        "the officer of the next township": (account(Role.OFFICER, units.neighbour), records),
        "the leader of the next township": (account(Role.LEADER, units.neighbour), records),
    }
    for who, (user, foreign) in strangers.items():
        client = signed_in(user)
        for name, url in urls_of(ledger, foreign[0]):
            # A deleted record is looked for among those one may restore, so who may restore none hears that first.
            expected = 403 if name == "restore" and not user.can(Verb.DELETE, ledger) else 404
            assert client.get(url).status_code == expected, (who, url)
            assert client.post(url).status_code == expected, (who, url)


@each_ledger
def test_lists_and_exports_hold_the_own_units_records_only(
    ledger: Ledger, filled: Filled, signed_in: SignIn, clerk: User, officer: User
) -> None:
    for user in (clerk, officer):
        mine = [record for record in filled.mine[ledger.slug] if record.unit.is_within(user.unit)]
        response = signed_in(user).get(ledger.url("list"), {"per_page": 100})
        assert response.context["total"] == len(mine)
        page = response.content.decode()
        for record in filled.theirs[ledger.slug]:
            assert f'"{record.get_absolute_url()}"' not in page


@each_ledger
def test_choices_of_forms_and_filters_end_at_the_own_unit(
    ledger: Ledger, filled: Filled, signed_in: SignIn, clerk: User, units: Units
) -> None:
    client = signed_in(clerk)
    pages = [client.get(ledger.url("list"))]
    if clerk.role in ledger.writers:
        pages.append(client.get(ledger.url("create")))
    for page in pages:
        text = page.content.decode()
        assert units.villages[1].name not in text
        assert units.neighbour.name not in text


@each_ledger
def test_a_reader_is_refused_every_write_and_an_outsider_everything(
    ledger: Ledger, signed_in: SignIn, leader: User, admin: User, auditor: User, filled: Filled
) -> None:
    record = filled.mine[ledger.slug][0]
    reader = signed_in(leader)
    for name, url in every_url(ledger, record):
        if name in WRITES:
            assert (reader.get(url).status_code, reader.post(url).status_code) == (403, 403), url
        else:
            response = reader.get(url)
            body(response)
            assert response.status_code == 200, url
    for user in (admin, auditor):
        client = signed_in(user)
        for _, url in every_url(ledger, record):
            # To them the record does not exist; pages of no record are forbidden.
            assert client.get(url).status_code in (403, 404), (user.role, url)
            assert client.post(url).status_code in (403, 404), (user.role, url)


@each_ledger
def test_a_clerk_does_what_the_ledger_lets_clerks_do(
    ledger: Ledger, signed_in: SignIn, clerk: User, filled: Filled
) -> None:
    records = filled.mine[ledger.slug]
    own = [record for record in records if record.unit_id == clerk.unit_id]
    client = signed_in(clerk)
    assert client.get(f"/ledgers/{ledger.slug}/import/").status_code == (403 if ledger.takes_uploads else 404)
    expected = 200 if Role.CLERK in ledger.writers else 403
    assert client.get(ledger.url("create")).status_code == expected
    for record in own[:1]:
        assert client.get(ledger.url("edit", pk=record.pk)).status_code == expected
        assert client.get(ledger.url("delete", pk=record.pk)).status_code == expected


@each_ledger
def test_a_stranger_is_sent_to_the_sign_in_page_and_a_disabled_account_too(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled
) -> None:
    record = filled.mine[ledger.slug][0]
    revoked = signed_in(officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    for client in (Client(), revoked):
        for _, url in every_url(ledger, record):
            for response in (client.get(url), client.post(url)):
                assert response.status_code == 302, url
                assert response["Location"].startswith("/sign-in/")


@each_ledger
def test_a_page_that_is_only_read_changes_nothing(
    ledger: Ledger, signed_in: SignIn, officer: User, filled: Filled
) -> None:
    record = filled.mine[ledger.slug][0]
    model: Any = ledger.model
    client = signed_in(officer)
    urls = list(every_url(ledger, record))
    before = (list(model._default_manager.values()), model.history.count())
    for _, url in urls:
        body(client.get(url))
    assert (list(model._default_manager.values()), model.history.count()) == before


@each_ledger
def test_a_write_without_the_csrf_token_is_refused(ledger: Ledger, officer: User, filled: Filled) -> None:
    record = filled.mine[ledger.slug][0]
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    model: Any = ledger.model
    before = model._default_manager.count()
    for name, url in every_url(ledger, record):
        if name in WRITES:
            assert client.post(url).status_code == 403, url
    assert model._default_manager.count() == before
