"""Who may enter where: every route of the product, tried by every role, by strangers, and with every method.

The ledgers' own routes are walked record by record in ``test_scope``; here are all the others, and the methods of all.
What is expected follows from what a view declares. A new route is tried without a change here, or fails for want of a
value for a part of its URL.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import URLPattern, path, reverse
from django.views.generic import TemplateView

from ledgers.access import Role, Verb, role_may
from ledgers.checks import is_declared, routes
from ledgers.models import User
from ledgers.registry import Ledger, ledgers
from ledgers.views.base import SignedInMixin
from tests.conftest import Units
from tests.contracts.conftest import Filled, each_ledger
from tests.contracts.pages import body
from tests.contracts.reading.routes.cast import (
    EVERY_ROUTE,
    GONE,
    ONE_OF_EACH_ROLE,
    OPEN,
    OTHERS,
    UNKNOWN,
    Cast,
    contents,
    refusal,
    view_of,
    write_files,
)
from tests.contracts.reading.test_scope import every_url

SignIn = Callable[[User], Client]


def test_every_route_says_who_may_enter() -> None:
    assert len(EVERY_ROUTE) == len(list(routes())), "two routes of one name"
    undeclared = [name for name, entry in EVERY_ROUTE.items() if not is_declared(entry.callback)]
    assert undeclared == []
    assert {name for name, entry in EVERY_ROUTE.items() if hasattr(entry.callback, "open_because")} == OPEN


def test_a_route_that_does_not_say_so_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgotten(SignedInMixin, TemplateView):
        template_name = "home/home.html"

    def undeclared(view: Any) -> URLPattern:
        return path("forgotten/", view, name="forgotten")

    for view in (Forgotten.as_view(), TemplateView.as_view(), lambda request: None):
        monkeypatch.setattr("ledgers.checks.routes", lambda view=view: [("forgotten", undeclared(view))])
        with pytest.raises(SystemCheckError, match=r"forgotten.*does not say who may enter"):
            call_command("check")


def test_whoever_has_no_business_there_is_refused_and_changes_nothing(
    cast: Cast, db: None, signed_in: SignIn
) -> None:
    clients = {who: signed_in(user) for who, user in cast.users.items()}
    before, wrong, tried = contents(), [], set()
    for name in OTHERS:
        url = cast.url(name)
        for who, user in cast.users.items():
            expected = refusal(cast, name, user)
            # Where a role may not go at all, it is the same wherever its holder sits.
            if not expected or (not cast.is_about_something(name) and who not in ONE_OF_EACH_ROLE):
                continue
            for method in ("get", "post") if name in tried else ("get", "post", *UNKNOWN):
                status = getattr(clients[who], method)(url).status_code
                # A method that a page does not know is refused before it is asked whether the thing exists.
                if status not in expected and (status != 405 or hasattr(view_of(name), method)):
                    wrong.append((who, method, url, status))
            tried.add(name)
    assert wrong == []
    assert tried == {name for name in OTHERS if view_of(name).verb or cast.is_about_something(name)}
    assert contents() == before


def test_whoever_may_enter_does_and_looking_changes_nothing(cast: Cast, db: None, signed_in: SignIn) -> None:
    write_files(cast)
    wrong: list[Any] = []
    reached = set()
    clients = {who: signed_in(user) for who, user in cast.users.items()}
    before = contents()
    for name in OTHERS:
        url, known = cast.url(name), hasattr(view_of(name), "get")
        for who, user in cast.users.items():
            if refusal(cast, name, user) or who not in (*ONE_OF_EACH_ROLE, "officer of the county"):
                continue
            response = clients[who].get(url)
            body(response)
            if response.status_code not in ((200, 302) if known else (405,)) and name not in GONE:
                wrong.append((who, url, response.status_code))
            if name not in reached and {getattr(clients[who], m)(url).status_code for m in UNKNOWN} != {405}:
                wrong.append((who, UNKNOWN, url))
            reached.add(name)
    assert wrong == []
    assert reached == set(OTHERS), "nobody may enter these"
    assert contents() == before


def test_strangers_and_those_just_revoked_sign_in_first_and_come_back(
    cast: Cast, db: None, signed_in: SignIn
) -> None:
    user = cast.users["officer of the township"]
    revoked = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    wrong: list[Any] = []
    before = contents()
    for name in OTHERS:
        url = cast.url(name)
        for client in (Client(), revoked):
            asked = client.get(url)
            back = reverse("login") if url == "/" else f"{reverse('login')}?next={url.replace('/', '%2F')}"
            if (asked.status_code, asked.headers.get("Location")) != (302, back):
                wrong.append((url, asked.status_code, asked.headers.get("Location")))
            for method in ("post", "put", "delete"):
                answer = getattr(client, method)(url)
                if not answer.headers.get("Location", "").startswith(reverse("login")):
                    wrong.append((method, url, answer.status_code))
    assert wrong == []
    assert contents() == before


def test_whatever_changes_something_asks_for_the_csrf_token(cast: Cast, db: None) -> None:
    wrong: list[Any] = []
    for who in ("officer of the township", "leader of the township", "admin of the township"):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
        before = contents()
        wrong += [
            (who, name)
            for name in EVERY_ROUTE
            if name in OTHERS and client.post(cast.url(name)).status_code != 403
        ]
    assert wrong == []
    assert contents() == before


def test_a_ledger_knows_get_and_post_and_posts_what_changes(
    cast: Cast, filled: Filled, signed_in: SignIn
) -> None:
    """The officer, who may do it, by methods that nothing is done by."""
    client = signed_in(cast.users["officer of the township"])
    urls = [
        (f"{ledger.slug}:{name}", url)
        for ledger in ledgers
        for name, url in every_url(ledger, filled.mine[ledger.slug][0])
    ]
    before = contents()
    for name, url in urls:
        assert {getattr(client, method)(url).status_code for method in UNKNOWN} == {405}, url
        if not hasattr(view_of(name), "get"):
            assert client.get(url).status_code == 405, url
    assert contents() == before


@each_ledger
def test_an_export_filter_reaches_no_further_than_the_list(
    ledger: Ledger, cast: Cast, units: Units, filled: Filled, signed_in: SignIn
) -> None:
    if ledger.sheet is None:
        return
    client = signed_in(cast.users["officer of the township"])
    strangers = {units.neighbour.name, units.neighbour_village.name}
    for query in (
        {"unit": units.neighbour.pk},
        {"unit": units.county.pk},
        {"q": units.neighbour_village.name},
    ):
        content = body(client.get(ledger.url("export"), query))
        rows = (
            openpyxl.load_workbook(BytesIO(content), read_only=True).worksheets[0].iter_rows(values_only=True)
        )
        assert not strangers & {str(cell) for row in rows for cell in row}


def test_a_unit_named_in_a_query_is_one_of_the_users_own(cast: Cast, units: Units, signed_in: SignIn) -> None:
    client = signed_in(cast.users["officer of the township"])
    for url in (reverse("dashboard:show"), cast.url("indicators:records")):
        assert client.get(url, {"unit": units.village.code}).status_code == 200
        for foreign in (units.neighbour.code, units.county.code, "999999999999"):
            assert client.get(url, {"unit": foreign}).status_code == 404, (url, foreign)
    draft = client.post(
        reverse("reports:draft"), {"unit": units.neighbour.pk, "period": "2025", "kind": "annual"}
    )
    assert draft.status_code == 200
    assert "unit" in draft.context["form"].errors


def test_administrator_auditor_and_business_roles_are_apart() -> None:
    business = {Role.CLERK, Role.OFFICER, Role.LEADER}
    for verb in Verb:
        holders = {role for role in Role if role_may(role, verb)}
        if verb == Verb.ACCOUNTS:
            assert holders == {Role.ADMIN}
        elif verb == Verb.HISTORY:
            assert holders == {Role.AUDITOR, *business}
        else:
            assert holders <= business, verb


def test_an_auditor_posts_nothing_but_what_is_about_the_own_sign_in(cast: Cast) -> None:
    auditor = cast.users["auditor of the county"]
    entered = {name for name in OTHERS if not refusal(cast, name, auditor) and hasattr(view_of(name), "post")}
    assert entered == {
        # Reads the history once more; what was found is kept with the job.
        "audit:verify",
        "password_change",
        "second_factor",
        "second_factor_codes",
        "second_factor_off",
        "session_end",
    }
    assert not [ledger for ledger in ledgers if auditor.role in ledger.writers]
