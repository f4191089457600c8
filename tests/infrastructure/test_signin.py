"""Sign-in as GB/T 22239-2019 level 2 asks: lock after 5 failures for 30 minutes, sign-out after 30 idle minutes."""

import datetime as dt
import io
import json
import re
from collections.abc import Callable

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ledgers.access import Role
from ledgers.checks import routes
from ledgers.models import AccountSession, Job, User
from ledgers.signin import client_address
from tests import authenticator
from tests.conftest import PASSWORD, AccountFactory


@pytest.fixture
def locking(settings: pytest.FixtureRequest) -> None:
    settings.AXES_ENABLED = True  # type: ignore[attr-defined]


def sign_in(username: str, password: str, address: str = "10.0.0.7", **headers: str) -> HttpResponse:
    response = Client(REMOTE_ADDR=address).post(
        reverse("login"), {"username": username, "password": password}, headers=headers or None
    )
    assert isinstance(response, HttpResponse)
    return response


def test_right_password_opens_the_first_page(officer: User) -> None:
    assert sign_in(officer.username, PASSWORD).headers["Location"] == "/"


@pytest.mark.usefixtures("locking")
def test_ten_wrong_passwords_lock_the_account_and_not_the_colleague(officer: User, clerk: User) -> None:
    tries = [sign_in(officer.username, "wrong") for _ in range(10)]
    assert "连续输错5次，账号会锁定30分钟" in tries[0].text
    answers = [answer.status_code for answer in tries]
    assert answers == [200] * 4 + [429] * 6

    attempt = AccessAttempt.objects.get()
    locked = sign_in(officer.username, PASSWORD)
    assert locked.status_code == 429
    # Until the half hour after the fifth is over: trying on has not put the end off.
    end = timezone.localtime(attempt.attempt_time + dt.timedelta(minutes=30))
    assert f"{end:%H:%M}自动解锁" in locked.text
    assert "系统管理员" in locked.text
    assert AccessAttempt.objects.get().failures_since_start == 5
    assert sign_in(clerk.username, PASSWORD).status_code == 302


@pytest.mark.usefixtures("locking")
def test_an_administrator_sees_the_lock_and_opens_it_and_the_log_says_so(
    officer: User,
    neighbour_officer: User,
    admin: User,
    signed_in: Callable[[User], Client],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for username in (officer.username, neighbour_officer.username):
        for _ in range(5):
            sign_in(username, "wrong")
    client = signed_in(admin)
    assert set(client.get(reverse("accounts:list")).context["locked"]) == {officer.username}
    assert "现在解锁" in client.get(reverse("accounts:edit", args=[officer.pk])).text
    with caplog.at_level("INFO", "ledgers.accounts"):
        client.post(reverse("accounts:unlock", args=[officer.pk]))
    assert f"{admin.username} unlocked {officer.username}" in caplog.messages
    assert sign_in(officer.username, PASSWORD).status_code == 302
    assert client.post(reverse("accounts:unlock", args=[neighbour_officer.pk])).status_code == 404
    assert sign_in(neighbour_officer.username, PASSWORD).status_code == 429


@pytest.mark.usefixtures("locking")
def test_what_was_typed_wrongly_is_kept_nowhere(officer: User, caplog: pytest.LogCaptureFixture) -> None:
    sign_in(officer.username, "a-secret-mistyped")
    kept = str(list(AccessAttempt.objects.values())) + caplog.text
    assert officer.username in kept
    assert "a-secret-mistyped" not in kept


@pytest.mark.usefixtures("locking")
def test_the_lock_opens_after_thirty_minutes(officer: User) -> None:
    for _ in range(5):
        sign_in(officer.username, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(minutes=29))
    assert sign_in(officer.username, PASSWORD).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(minutes=31))
    assert sign_in(officer.username, PASSWORD).status_code == 302


@pytest.mark.usefixtures("locking")
def test_a_forged_forwarding_header_does_not_dodge_the_lock(officer: User) -> None:
    for number in range(5):
        sign_in(officer.username, "wrong", X_Forwarded_For=f"192.0.2.{number}")
    assert sign_in(officer.username, PASSWORD, X_Forwarded_For="192.0.2.99").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "10.0.0.1"),
        (0, "192.0.2.1", "10.0.0.1"),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (2, "192.0.2.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: pytest.FixtureRequest, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXY_COUNT = proxies  # type: ignore[attr-defined]
    headers = {"X-Forwarded-For": forwarded} if forwarded else None
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)
    assert client_address(request) == address


def test_thirty_idle_minutes_sign_out(officer: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(officer)
    answer = client.get(reverse("home"))
    assert answer.cookies["sessionid"]["max-age"] == 30 * 60, "every answer starts the half hour again"

    # The page of a job asks by itself each second and a half; that is nobody at the keyboard.
    job = Job.objects.create(kind="report.build", user=officer)
    page = client.get(job.get_absolute_url()).text
    headers = re.search(r"hx-headers='([^']+)'", page)
    again = re.search(r'http-equiv="refresh" content="3;url=([^"]+)"', page)
    assert headers is not None
    assert again is not None
    before = AccountSession.objects.get()
    for polling in (
        client.get(job.get_absolute_url(), headers={"HX-Request": "true", **json.loads(headers[1])}),
        client.get(job.get_absolute_url() + again[1]),
    ):
        assert polling.status_code == 200
        assert "sessionid" not in polling.cookies
    after = AccountSession.objects.get()
    assert (after.expire_date, after.used_at) == (before.expire_date, before.used_at)

    AccountSession.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("login"))


def test_a_deactivated_account_loses_its_live_session(
    officer: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get(reverse("home")).headers["Location"].startswith(reverse("login"))


@pytest.mark.django_db
def test_signing_in_makes_a_new_session(officer: User) -> None:
    client = Client()
    client.get(reverse("login"))
    client.cookies["sessionid"] = "fixed-by-an-attacker-00000000000"
    client.post(reverse("login"), {"username": officer.username, "password": PASSWORD})
    assert re.fullmatch(r"[0-9a-z]{32}", client.cookies["sessionid"].value)


def test_a_session_planted_before_the_sign_in_opens_nothing(admin: User) -> None:
    """The attacker's own session, real and half signed in, in the victim's browser."""
    attacker, victim = Client(), Client()
    attacker.post(reverse("login"), {"username": admin.username, "password": PASSWORD})
    planted = victim.cookies["sessionid"] = attacker.cookies["sessionid"].value
    victim.post(reverse("login"), {"username": admin.username, "password": PASSWORD})
    given = victim.cookies["sessionid"].value
    victim.post(reverse("sign_in_code"), {"code": authenticator.code()})
    assert planted != given != victim.cookies["sessionid"].value
    assert victim.get(reverse("accounts:list")).status_code == 200
    assert attacker.get(reverse("accounts:list")).headers["Location"].startswith(reverse("login"))


def test_no_page_of_the_library_for_second_factors_is_reachable() -> None:
    """No sign-up, no e-mail, no social accounts: none of allauth's views stands in the URLs."""
    modules = {getattr(entry.callback, "view_class", entry.callback).__module__ for _, entry in routes()}
    assert "ledgers.views.signin" in modules
    assert not {module for module in modules if module.startswith("allauth")}


@pytest.mark.django_db
def test_a_fresh_installation_has_no_account() -> None:
    assert not User.objects.exists()
    call_command("seed_demo", "--no-accounts", stdout=io.StringIO())
    assert not User.objects.exists()


def test_every_account_is_one_persons(account: AccountFactory) -> None:
    account(Role.CLERK, username="zhang")
    with pytest.raises(IntegrityError), transaction.atomic():
        account(Role.CLERK, username="zhang")
