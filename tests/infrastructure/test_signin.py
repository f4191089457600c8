"""Sign-in as GB/T 22239-2019 level 2 asks: lock after 5 failures for 30 minutes, sign-out after 30 idle minutes."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from axes.models import AccessAttempt
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ledgers.models import AccountSession, User
from ledgers.signin import client_address
from tests.conftest import PASSWORD


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
def test_five_failures_lock_the_account_and_not_the_colleague(officer: User, clerk: User) -> None:
    for _ in range(4):
        assert sign_in(officer.username, "wrong").status_code == 200
    assert sign_in(officer.username, "wrong").status_code == 429

    locked = sign_in(officer.username, PASSWORD)
    assert locked.status_code == 429
    assert "30" in locked.text
    assert "分钟" in locked.text
    assert sign_in(clerk.username, PASSWORD).status_code == 302


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
