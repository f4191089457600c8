"""A form is sent after the session has ended: what was typed is there again after signing in, and nowhere else."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html

from ledgers import unsaved
from ledgers.models import AccountSession, Action, User
from ledgers.unsaved import CARRIED, MARK
from ledgers.work.models import Activity
from tests import authenticator
from tests.conftest import PASSWORD, Units

SignIn = Callable[[User], Client]
CREATE = reverse("activities:create")
TYPED = "打了半个钟头的会议内容"
NEW_PASSWORD = "Willow-5-by-the-river"


def form_of(answer: Any) -> Any:
    """The form of a page that matters here: that in the middle of it."""
    forms = [form for form in html.fromstring(answer.text).forms if form.method == "POST"]
    return next(form for form in forms if not str(form.action).endswith(reverse("logout")))


def typed_into(client: Client, page: str = CREATE, **values: str) -> dict[str, str]:
    form = form_of(client.get(page))
    return {**dict(form.form_values()), "outcome": TYPED, **values}


def press(client: Client, page: Any, **values: str) -> Any:
    """Send the form of a page as it is, but for ``values``."""
    form = form_of(page)
    return client.post(form.action or page.request["PATH_INFO"], {**dict(form.form_values()), **values})


def end_the_session() -> None:
    AccountSession.objects.update(expire_date="2020-01-01T00:00:00Z")


@pytest.fixture
def held(officer: User, signed_in: SignIn) -> tuple[Client, Any]:
    """A browser whose session ended while its user typed, and the sign-in page that answered the form."""
    client = signed_in(officer)
    data = typed_into(client)
    end_the_session()
    page: Any = client.post(CREATE, data)
    assert page.status_code == 401
    assert "还没有保存" in page.text
    return client, page


def assert_filled_in(shown: Any) -> None:
    assert shown.status_code == 200
    assert form_of(shown).fields["outcome"].strip() == TYPED
    assert "刚才填写的内容都在下面，但还没有保存" in shown.text
    assert not Activity.objects.exists()


def test_after_signing_in_the_form_is_there_and_one_press_saves_it_once(
    held: tuple[Client, Any], officer: User, units: Units
) -> None:
    client, page = held
    refused = press(client, page, username=officer.username, password="wrong")
    leading = press(client, refused, username=officer.username, password=PASSWORD)
    assert form_of(leading).action == CREATE
    shown = press(client, leading)
    assert_filled_in(shown)
    day, kind = "2026-05-06", Activity.Kind.values[0]
    for _ in range(2):
        saved = press(client, shown, unit=str(units.village.pk), kind=kind, title="学习会", held_on=day)
        assert saved.status_code == 302, saved.text
    assert Activity.objects.get().outcome == TYPED
    # The log has the form that was refused and those that were sent, and not that the form was shown again.
    results = Action.objects.filter(target=f"POST {CREATE}").order_by("pk").values_list("result", flat=True)
    assert list(results) == [Action.Result.REFUSED, Action.Result.DONE, Action.Result.DONE]


def test_an_edit_that_met_a_colleague_meanwhile_is_told_so(
    officer: User, signed_in: SignIn, units: Units
) -> None:
    client = signed_in(officer)
    record = Activity.objects.create(
        unit=units.village, kind=Activity.Kind.values[0], title="学习会", held_on=dt.date(2026, 5, 6)
    )
    edit = reverse("activities:edit", args=[record.pk])
    data = typed_into(client, edit)
    end_the_session()
    page: Any = client.post(edit, data)
    Activity.objects.filter(pk=record.pk).update(title="同事改的", row_version=2)
    shown = press(client, press(client, page, username=officer.username, password=PASSWORD))
    assert form_of(shown).fields["outcome"].strip() == TYPED
    assert press(client, shown).status_code == 409


@pytest.mark.usefixtures("locking")
def test_it_outlasts_the_lock_and_is_kept_nowhere_meanwhile(
    held: tuple[Client, Any], officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    client, page = held
    for _ in range(5):
        answer = press(client, page, username=officer.username, password="wrong")
    assert answer.status_code == 429
    token = form_of(answer).fields[CARRIED]
    again = press(client, answer)
    assert form_of(again).fields[CARRIED] == token
    attempt = AccessAttempt.objects.get()
    assert CARRIED in attempt.post_data, "what failed sign-ins send is written down"
    kept = caplog.text + str(vars(cache).get("_cache", ""))
    for model in apps.get_models():
        kept += str(list(model._default_manager.values_list()))
    for secret in (token, token[:40], TYPED, dict(form_of(page).form_values())["csrfmiddlewaretoken"]):
        assert secret not in kept
    # Nor can it be read where it is: on the screen of an empty chair.
    assert TYPED not in page.text
    AccessAttempt.objects.all().delete()
    assert form_of(press(client, again, username=officer.username, password=PASSWORD)).action == CREATE


@pytest.fixture
def locking(settings: pytest.FixtureRequest) -> None:
    settings.AXES_ENABLED = True  # type: ignore[attr-defined]


def test_it_passes_the_second_factor(
    officer: User, held: tuple[Client, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    authenticator.set_up(officer)
    client, page = held
    code_page = press(client, page, username=officer.username, password=PASSWORD)
    assert form_of(code_page).action.startswith(reverse("sign_in_code"))
    wrong = press(client, code_page, code=authenticator.wrong_code())
    assert_filled_in(press(client, press(client, wrong, code=authenticator.code())))


def test_it_comes_back_to_the_password_when_the_code_was_too_late(
    officer: User, held: tuple[Client, Any]
) -> None:
    authenticator.set_up(officer)
    client, page = held
    code_page = press(client, page, username=officer.username, password=PASSWORD)
    client.session.flush()
    again = press(client, code_page, code=authenticator.code())
    assert form_of(again).action == reverse("login")
    code_page = press(client, again, username=officer.username, password=PASSWORD)
    assert_filled_in(press(client, press(client, code_page, code=authenticator.code())))


def test_it_passes_a_forced_new_password(officer: User, held: tuple[Client, Any]) -> None:
    client, page = held
    User.objects.filter(pk=officer.pk).update(must_change_password=True)
    leading = press(client, page, username=officer.username, password=PASSWORD)
    duty = press(client, leading)
    assert form_of(duty).action.startswith(reverse("password_change"))
    passwords = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    mistyped = press(client, duty, old_password="wrong", **passwords)
    leading = press(client, mistyped, old_password=PASSWORD, **passwords)
    assert_filled_in(press(client, leading))


def test_it_passes_setting_up_a_second_factor(admin: User, units: Units, signed_in: SignIn) -> None:
    client = signed_in(admin)
    page = reverse("accounts:create")
    data = {**typed_into(client, page), "username": "newcomer", "name": "李四"}
    admin.authenticator_set.all().delete()  # type: ignore[attr-defined]
    # Nobody was signed out here: the duty comes in between by itself.
    answer: Any = client.post(page, data)
    secret = html.fromstring(answer.text).find_class("secret-key")[0].text_content()
    codes = press(client, answer, code=authenticator.App(secret.strip()).next_code())
    shown = press(client, codes)
    assert form_of(shown).fields["username"] == "newcomer"
    assert not User.objects.filter(username="newcomer").exists()


def test_another_account_does_not_see_it(
    held: tuple[Client, Any], neighbour_officer: User, signed_in: SignIn
) -> None:
    client, page = held
    token = form_of(page).fields[CARRIED]
    entered = press(client, page, username=neighbour_officer.username, password=PASSWORD)
    assert entered.headers["Location"] == reverse("home")
    assert "用另一个账号填写" in client.get(reverse("home")).text
    posted: Any = client.post(CREATE, {CARRIED: token})
    assert posted.status_code == 302
    shown = client.get(CREATE)
    assert "用另一个账号填写" in shown.text
    assert TYPED not in shown.text


def test_another_page_does_not_show_it(held: tuple[Client, Any], officer: User, units: Units) -> None:
    client, page = held
    leading = press(client, page, username=officer.username, password=PASSWORD)
    record = Activity.objects.create(
        unit=units.village, kind=Activity.Kind.values[0], title="学习会", held_on=dt.date(2026, 5, 6)
    )
    edit = reverse("activities:edit", args=[record.pk])
    elsewhere: Any = client.post(edit, dict(form_of(leading).form_values()), follow=True)
    assert TYPED not in elsewhere.text
    assert "还没有保存" not in elsewhere.text
    assert "在另一个页面填写" in elsewhere.text


def test_it_ends_after_an_hour(
    held: tuple[Client, Any], officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, page = held
    now = time.time()
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: now + unsaved.KEPT_SECONDS + 1)
    entered = press(client, page, username=officer.username, password=PASSWORD)
    assert entered.headers["Location"] == CREATE
    shown = client.get(CREATE)
    assert "不能找回" in shown.text
    assert form_of(shown).fields["outcome"].strip() == ""


@pytest.mark.parametrize("altered", ["mark", "token", "no mark"])
def test_what_is_none_of_ours_is_not_shown(
    held: tuple[Client, Any], officer: User, signed_in: SignIn, altered: str
) -> None:
    _, page = held
    stranger, client = Client(), signed_in(officer)
    form = typed_into(client)
    if altered == "token":
        token = form_of(page).fields[CARRIED]
        answer = client.post(CREATE, {**form, CARRIED: token[:50] + "A" + token[51:]}, follow=True)
        assert "不能找回" in answer.text
        assert TYPED not in answer.text
    else:
        form[MARK] = "" if altered == "no mark" else form[MARK][:-1] + "_"
        asked = stranger.post(CREATE, form)
        assert asked.headers["Location"] == reverse("login")
        assert "没有完成" in stranger.get(reverse("login")).text
    assert not Activity.objects.exists()


def test_too_much_is_not_taken_and_files_never_are(officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    data = typed_into(client)
    photo = SimpleUploadedFile("a.jpg", b"\xff\xd8 secret picture")
    stranger = Client()
    endless = stranger.post(CREATE, {**data, "outcome": "长" * unsaved.MOST_CHARACTERS})
    assert endless.status_code == 302
    page: Any = stranger.post(CREATE, {**data, "photo": photo})
    leading = press(stranger, page, username=officer.username, password=PASSWORD)
    shown = press(stranger, leading)
    assert_filled_in(shown)
    assert "文件没有保留" in shown.text
    kept = unsaved.opened(form_of(page).fields[CARRIED])
    assert kept is not None
    assert not {"photo", "csrfmiddlewaretoken", MARK} & {name for name, _ in kept.fields}


def test_a_form_that_was_open_while_its_user_signed_in_anew_elsewhere(officer: User, clerk: User) -> None:
    """Signing in makes the tokens of forms in other tabs stale; their text is not lost for that."""
    client = Client(enforce_csrf_checks=True)

    def sign_in(account: User) -> None:
        client.get(reverse("logout"))
        page: Any = client.get(reverse("login"))
        press(client, page, username=account.username, password=PASSWORD)

    sign_in(officer)
    data = typed_into(client)
    client.cookies.pop("sessionid")
    sign_in(officer)
    leading: Any = client.post(CREATE, data)
    assert leading.status_code == 403
    assert_filled_in(press(client, leading))
    # To another account, and to who brings no mark, it is the page that it always was.
    for changed in ({MARK: ""}, {MARK: data[MARK][:-2]}):
        refused = client.post(CREATE, {**data, **changed})
        assert refused.status_code == 403
        assert "页面放得太久" in refused.text
    client.cookies.pop("sessionid")
    sign_in(clerk)
    refused = client.post(CREATE, data)
    assert refused.status_code == 403
    assert TYPED not in refused.text
    # Signed out altogether, and with a stale token: by way of the sign-in.
    client.cookies.pop("sessionid")
    page: Any = client.post(CREATE, data)
    assert page.status_code == 401
    assert_filled_in(press(client, press(client, page, username=officer.username, password=PASSWORD)))
