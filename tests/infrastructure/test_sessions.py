"""Several sessions at a time, seen and ended by their owner, and ended by whatever changes what the account may do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledgers.access import Role
from ledgers.models import AccountSession, Job, User
from ledgers.sessions import SessionStore, browser_name
from tests.conftest import PASSWORD, AccountFactory, Units

SignIn = Callable[[User], Client]
NEW_PASSWORD = "Willow-5-by-the-river"


def arrive(user: User, address: str = "10.0.0.7", agent: str = "") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    client.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("sessions")).status_code == 200


def account_form(user: User, **changes: object) -> dict[str, object]:
    fields = {"username": user.username, "name": user.name, "unit": user.unit_id, "role": user.role}
    return {**fields, "is_active": "on", **changes}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/83.0.4103 Safari/537.36",
            "Chrome 83，Windows",
        ),
        ("Mozilla/5.0 (Windows NT 6.1) Chrome/109.0 Safari/537.36 Edg/109.0.1", "Edge 109，Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "Firefox 115，Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari 604，iPhone",
        ),
        ("curl/8", "其他浏览器"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_one_sees_where_one_is_signed_in_and_signs_out_there(officer: User, clerk: User) -> None:
    here = arrive(officer, "10.0.0.7", "Mozilla/5.0 (Windows NT 10.0) Chrome/83.0 Safari/537.36")
    there, further = arrive(officer, "10.0.0.8"), arrive(officer, "10.0.0.9")
    stranger = arrive(clerk)
    page = here.get(reverse("sessions"))
    assert {session.address for session in page.context["sessions"]} == {"10.0.0.7", "10.0.0.8", "10.0.0.9"}
    assert "Chrome 83，Windows" in page.text
    assert not [key for key in AccountSession.objects.values_list("pk", flat=True) if key in page.text]

    handle = next(each.handle for each in page.context["sessions"] if each.address == "10.0.0.8")
    assert stranger.post(reverse("session_end"), {"session": handle}).status_code == 404
    assert is_in(there)
    here.post(reverse("session_end"), {"session": handle})
    assert not is_in(there)
    assert is_in(further)
    here.post(reverse("session_end"))
    assert not is_in(further)
    assert is_in(here)
    assert is_in(stranger)


def test_changing_the_password_ends_the_other_sessions_and_not_this_one(officer: User) -> None:
    here, there = arrive(officer), arrive(officer)
    key = here.cookies["sessionid"].value
    fields = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert here.post(reverse("password_change"), fields).status_code == 302
    assert not is_in(there)
    assert is_in(here)
    assert here.cookies["sessionid"].value != key


@pytest.mark.parametrize("change", ["role", "unit", "is_active", "password", "sign-out"])
def test_what_an_administrator_decides_holds_for_live_sessions(
    officer: User, admin: User, units: Units, signed_in: SignIn, change: str
) -> None:
    client, administrator = arrive(officer), signed_in(admin)
    edit = reverse("accounts:edit", args=[officer.pk])
    administrator.post(edit, account_form(officer, name="新名字"))
    assert is_in(client), "another name changes no right"
    decisive = {"role": "leader", "unit": units.village.pk, "is_active": ""}
    if change in decisive:
        assert (
            administrator.post(edit, account_form(officer, **{change: decisive[change]})).status_code == 302
        )
    elif change == "password":
        administrator.post(reverse("accounts:reset", args=[officer.pk]))
    else:
        administrator.post(reverse("accounts:sign-out", args=[officer.pk]))
    assert not is_in(client)
    # And stays out when the change is taken back within the half hour.
    administrator.post(edit, account_form(officer))
    assert not is_in(client)


def test_nobody_grants_rights_to_oneself(
    admin: User, account: AccountFactory, units: Units, signed_in: SignIn
) -> None:
    client = signed_in(admin)
    edit = reverse("accounts:edit", args=[admin.pk])
    client.post(edit, account_form(admin, role="officer", unit=units.village.pk, is_active="", name="改名"))
    changed = User.objects.get(pk=admin.pk)
    assert (changed.role, changed.unit, changed.is_active) == (Role.ADMIN, admin.unit, True)
    assert changed.name == "改名"
    assert client.post(reverse("accounts:reset", args=[admin.pk])).status_code == 403
    # Nor does anybody reach into another unit, or above.
    for unit in (units.county, units.neighbour):
        other = account(Role.OFFICER, unit)
        for name in ("edit", "reset", "unlock", "second-factor", "sign-out"):
            assert client.post(reverse(f"accounts:{name}", args=[other.pk])).status_code == 404, name


def test_a_page_asks_for_session_account_and_unit_by_one_query(officer: User) -> None:
    client = arrive(officer)
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/ledgers/briefs/").status_code == 200
    # Where a query reads sessions, accounts or jobs, or the units of one's own account.
    about = [
        query["sql"]
        for query in asked
        if re.search(r'FROM "ledgers_(accountsession|user|job)"', query["sql"])
    ]
    assert len(about) == 1, about


def test_work_that_goes_on_is_in_the_menu_from_the_next_page_to_its_end(officer: User) -> None:
    client = arrive(officer)
    assert "正在处理" not in client.get("/ledgers/briefs/").text
    job = Job.objects.create(kind="imports.read", user=officer)
    assert "正在处理" in client.get("/ledgers/briefs/").text
    job.state = Job.State.DONE
    job.save()
    assert "正在处理" not in client.get("/ledgers/briefs/").text


def test_whose_a_session_is_says_what_was_signed_and_not_the_column_beside_it(
    officer: User, clerk: User
) -> None:
    client = arrive(officer)
    AccountSession.objects.update(user=clerk)
    assert client.get(reverse("sessions")).context["user"] == officer


def test_a_session_outlives_a_new_secret_key_while_the_old_one_is_named(
    officer: User, settings: LazySettings
) -> None:
    client = arrive(officer)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-the-same-office-7c1e5a9b3d"
    assert is_in(client)
    settings.SECRET_KEY_FALLBACKS = []
    assert is_in(client), "from then on it is signed with the new one"
    settings.SECRET_KEY = "a-third-key-that-knows-nothing-of-these-5b8"
    assert not is_in(client)


def test_sessions_that_have_run_out_are_forgotten(officer: User) -> None:
    client = arrive(officer)
    AccountSession.objects.update(expire_date="2020-01-01T00:00:00Z")
    assert not is_in(client)
    SessionStore.clear_expired()
    assert not AccountSession.objects.exists()


def test_a_part_of_a_page_takes_the_whole_page_to_the_sign_in() -> None:
    answer = Client().get(
        reverse("sessions"), headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/7/?a=1"}
    )
    assert answer.headers["HX-Redirect"] == f"{reverse('login')}?next=%2Fjobs%2F7%2F%3Fa%3D1"
