"""The second factor: asked for after the password, required of administrators, each code good for one sign-in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from ledgers import second_factor
from ledgers.access import Role
from ledgers.models import Action, User
from tests import authenticator
from tests.authenticator import code, wrong_code
from tests.conftest import PASSWORD, AccountFactory, Units

pytestmark = pytest.mark.each_database

SignIn = Callable[[User], Client]
WANTED = "/accounts/units/"


def password_given(user: User, wanted: str = "") -> Client:
    """A visitor whose password was right, before the code."""
    client = Client()
    answer = client.post(
        f"{reverse('login')}?next={wanted}", {"username": user.username, "password": PASSWORD}
    )
    assert answer.headers["Location"].startswith(reverse("sign_in_code")), answer.headers
    return client


def give(client: Client, text: str, wanted: str = "") -> HttpResponse:
    answer = client.post(f"{reverse('sign_in_code')}?next={wanted}", {"code": text})
    assert isinstance(answer, HttpResponse)
    return answer


def is_in(client: Client) -> bool:
    return client.get(reverse("sessions")).status_code == 200


def test_the_code_comes_after_the_password_and_leads_to_the_wanted_page(admin: User) -> None:
    client = password_given(admin, WANTED)
    assert not is_in(client)
    refused = give(client, wrong_code(), WANTED)
    assert refused.status_code == 200
    assert "验证码不对" in refused.text
    assert not is_in(client)
    assert give(client, code(), WANTED).headers["Location"] == WANTED
    assert is_in(client)


def test_a_code_is_taken_once(admin: User) -> None:
    used = code()
    assert give(password_given(admin), used).status_code == 302
    replay = password_given(admin)
    assert give(replay, used).status_code == 200
    assert not is_in(replay)
    # Nor is an older one that nobody has used, but the next one is.
    assert give(replay, code(steps=-1)).status_code == 200
    assert give(replay, code(steps=1)).status_code == 302


def test_a_recovery_code_is_taken_once_and_the_page_says_how_many_are_left(admin: User) -> None:
    first, *_ = second_factor.new_recovery_codes(admin)
    client = password_given(admin)
    assert give(client, first[:4] + " " + first[4:]).status_code == 302
    assert "还剩9个" in client.get(reverse("home")).text
    replay = password_given(admin)
    assert give(replay, first).status_code == 200
    assert not is_in(replay)


@pytest.mark.usefixtures("admin")
def test_without_the_password_there_is_nothing_to_give_a_code_for(admin: User, settings: object) -> None:
    assert give(Client(), code()).headers["Location"] == reverse("login")
    # Nor for a password that has been changed meanwhile, an account that was stopped, or after five minutes.
    client = password_given(admin)
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert give(client, code()).headers["Location"] == reverse("login")
    User.objects.filter(pk=admin.pk).update(is_active=True)
    session = client.session
    session["_password_given"] = {**session["_password_given"], "at": session["_password_given"]["at"] - 301}
    session.save()
    assert give(client, code()).headers["Location"] == reverse("login")
    client = password_given(admin)
    admin.set_password("Another-9-password")
    admin.save()
    assert give(client, code()).headers["Location"] == reverse("login")


def test_wrong_codes_lock_as_wrong_passwords_do_and_are_kept_nowhere(
    admin: User, officer: User, settings: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AXES_ENABLED = True  # type: ignore[attr-defined]
    client = password_given(admin)
    wrong = wrong_code()
    answers = [give(client, wrong).status_code for _ in range(3)]
    # The password is right each time, and does not begin the count anew.
    client = password_given(admin)
    answers += [give(client, wrong).status_code for _ in range(2)]
    assert answers == [200] * 4 + [429]
    locked = give(client, code())
    assert locked.status_code == 429
    assert "自动解锁" in locked.text
    assert not is_in(client)
    again = Client().post(reverse("login"), {"username": admin.username, "password": PASSWORD})
    assert again.status_code == 429
    assert (
        Client().post(reverse("login"), {"username": officer.username, "password": PASSWORD}).status_code
        == 302
    )
    kept = str(list(AccessAttempt.objects.values())) + caplog.text
    assert wrong not in kept
    assert code() not in kept


def test_an_administrator_sets_it_up_before_anything_else(account: AccountFactory) -> None:
    admin = account(Role.ADMIN)
    second_factor.turn_off(admin)
    client = Client()
    client.post(reverse("login"), {"username": admin.username, "password": PASSWORD})
    for url in (reverse("home"), WANTED, reverse("sessions"), reverse("accounts:list")):
        assert client.get(url).headers["Location"].startswith(reverse("second_factor")), url
    page = client.get(WANTED, follow=True)
    assert "账号管理" not in page.text
    assert re.search(r'<img[^>]*src="data:image/png;base64,', page.text)
    secret = re.search(r'secret-key">([A-Z2-7 ]+)<', page.text)
    assert secret is not None
    setup = f"{reverse('second_factor')}?next={WANTED}"
    assert client.post(setup, {"code": wrong_code(secret[1])}).status_code == 422
    page = client.post(setup, {"code": code(secret[1])})
    codes = re.findall(r"<code>(\d{4} \d{4})</code>", page.text)
    assert len(set(codes)) == 10
    assert f'href="{WANTED}"' in page.text
    assert client.get(WANTED).status_code == 200
    # The code that set it up was its one use; the key and the recovery codes are not shown again.
    assert give(password_given(admin), code(secret[1])).status_code == 200
    again = client.get(reverse("second_factor")).text
    assert secret[1] not in again
    assert codes[0] not in again


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_it_is_offered_to_everybody_and_asked_of_nobody_else(
    role: Role, account: AccountFactory, signed_in: SignIn
) -> None:
    user = account(role)
    client, elsewhere = signed_in(user), signed_in(user)
    page = client.get(reverse("second_factor"))
    secret = re.search(r'secret-key">([A-Z2-7 ]+)<', page.text)
    assert secret is not None
    client.post(reverse("second_factor"), {"code": code(secret[1])})
    assert not is_in(elsewhere), "who was in by the password alone is out"
    assert is_in(client)
    # Turning it off takes the device.
    client.post(reverse("second_factor_off"), {"code": wrong_code(secret[1])})
    assert second_factor.is_on(user)
    client.post(reverse("second_factor_off"), {"code": code(secret[1], steps=1)})
    assert not second_factor.is_on(user)


def test_new_recovery_codes_void_the_old_ones(admin: User, signed_in: SignIn) -> None:
    old, *_ = second_factor.new_recovery_codes(admin)
    page = signed_in(admin).post(reverse("second_factor_codes"), {"code": code()})
    new = re.findall(r"<code>(\d{4} \d{4})</code>", page.text)
    assert len(new) == 10
    assert not second_factor.confirm(admin, old)
    assert second_factor.confirm(admin, new[0])


def test_a_lost_device_is_reset_by_another_administrator_and_logged(
    admin: User, account: AccountFactory, units: Units, signed_in: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    other, beside = account(Role.ADMIN), account(Role.ADMIN, units.neighbour)
    lost = signed_in(other)
    client = signed_in(admin)

    def reset(user: User) -> int:
        return client.post(reverse("accounts:second-factor", args=[user.pk])).status_code

    assert (reset(admin), reset(beside)) == (403, 404)
    assert second_factor.is_on(admin)
    assert second_factor.is_on(beside)
    with caplog.at_level("INFO", "ledgers.accounts"):
        assert reset(other) == 302
    assert f"{admin.username} reset the second factor of {other.username}" in caplog.messages
    assert not is_in(lost)
    assert second_factor.is_missing(other)


def test_the_last_administrator_is_reset_from_the_command_line(admin: User, clerk: User) -> None:
    output = io.StringIO()
    call_command("reset_second_factor", admin.username, stdout=output)
    assert admin.username in output.getvalue()
    assert not Authenticator.objects.filter(user=admin).exists()
    told = Action.objects.filter(kind=Action.Kind.ACCOUNT).latest("pk")
    assert str(admin.pk) in told.target
    with pytest.raises(CommandError, match="没有设置") as refused:
        call_command("reset_second_factor", clerk.username)
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="没有名为") as unknown:
        call_command("reset_second_factor", "nobody")
    assert unknown.value.returncode == 2


def test_a_copy_of_the_database_does_not_hold_the_keys(
    admin: User, settings: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    recovery = second_factor.new_recovery_codes(admin)
    kept = str(list(Authenticator.objects.values()))
    assert not [secret for secret in (authenticator.SECRET, *recovery) if secret in kept]
    # A new SECRET_KEY with the old one as fallback reads them; without it they are void, and the log says what to do.
    old = settings.SECRET_KEY  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-key-" * 5  # type: ignore[attr-defined]
    assert not second_factor.confirm(admin, code())
    assert "reset_second_factor" in caplog.text
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    assert second_factor.confirm(admin, code())
