import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledgers.access import Role
from ledgers.models import User
from ledgers.passwords import CharacterClassesValidator
from tests.conftest import PASSWORD, AccountFactory


@pytest.mark.parametrize("password", ["Bridge72", "bridge-72", "BRIDGE-72", "过河桥Bridge", "Ab1!Ab1!"])
def test_three_classes_are_enough(password: str) -> None:
    CharacterClassesValidator(classes=3).validate(password)


@pytest.mark.parametrize(
    "password", ["", "bridges", "bridge72", "BRIDGE72", "12345678-", "过河拆桥过河拆桥1"]
)
def test_fewer_are_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(ValidationError, match="至少 3 类") as refused:
        CharacterClassesValidator(classes=3).validate(password)
    assert refused.value.code == "password_too_few_classes"


@pytest.mark.parametrize("classes", [0, 5])
def test_an_impossible_number_of_classes_stops_the_start(classes: int) -> None:
    with pytest.raises(ImproperlyConfigured):
        CharacterClassesValidator(classes=classes)


@pytest.mark.parametrize(
    ("password", "why"),
    [("Ab-1", "至少 8 个字符"), ("bridge72", "至少 3 类"), ("Passw0rd", "常见")],
)
def test_the_product_refuses_weak_passwords(password: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert why in "".join(refused.value.messages)


def change(client: Client, old: str, new: str, wanted: str = "") -> HttpResponse:
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    answer = client.post(f"{reverse('password_change')}?next={wanted}", fields)
    assert isinstance(answer, HttpResponse)
    return answer


def aged(user: User, days: float) -> None:
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - dt.timedelta(days=days))


def test_a_password_of_ninety_days_is_changed_before_anything_else(
    officer: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(officer)
    wanted = "/ledgers/enterprises/"
    aged(officer, 89.9)
    assert client.get(wanted).status_code == 200
    aged(officer, 90.1)
    page = client.get(wanted, follow=True)
    assert page.request["PATH_INFO"] == reverse("password_change")
    assert "到期" in page.text
    assert change(client, PASSWORD, "Willow-5-by-the-river", wanted).headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_the_first_page_says_a_week_before_that_the_password_ends(
    role: Role, account: AccountFactory, signed_in: Callable[[User], Client]
) -> None:
    user = account(role)
    client = signed_in(user)
    for days, warned in ((82, False), (84, True)):
        aged(user, days)
        assert ("您的密码还有" in client.get(reverse("home"), follow=True).text) == warned, days


def test_an_office_may_let_passwords_live(
    officer: User, signed_in: Callable[[User], Client], settings: pytest.FixtureRequest
) -> None:
    settings.PASSWORD_MAX_AGE_DAYS = 0  # type: ignore[attr-defined]
    aged(officer, 4000)
    page = signed_in(officer).get(reverse("home"))
    assert page.status_code == 200
    assert "您的密码" not in page.text


def test_the_last_five_passwords_do_not_come_again(
    officer: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(officer)
    chosen = [PASSWORD, *(f"Willow-{number}-by-the-river" for number in range(1, 6))]
    for old, new in itertools.pairwise(chosen):
        assert change(client, old, old).status_code == 200, "the present one"
        assert change(client, old, new).status_code == 302
    for used in chosen[1:]:
        refused = change(client, chosen[-1], used)
        assert refused.status_code == 200
        assert "最近5次" in refused.text
    assert change(client, chosen[-1], PASSWORD).status_code == 302, "the sixth last"
    assert officer.used_passwords.count() == 5
