"""Signing in: the password, then the code of the second factor where the account has one."""

from __future__ import annotations

from typing import Any, Final

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from ledgers import second_factor, signin, unsaved
from ledgers.models import User
from ledgers.sessions import note_origin

_PENDING: Final = "_password_given"
#: How long a right password waits for its code.
PENDING_SECONDS: Final = 300
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"


def enter(request: HttpRequest, account: User) -> None:
    """Open the session: with a key that is new, so that nobody can have known it before."""
    login(request, account, backend=BACKEND)
    note_origin(request)


def code_is_right(request: HttpRequest, account: User, code: str) -> bool:
    """Whether the code confirms the account. A wrong one counts as a wrong password, and a lock refuses every one.

    While the lock holds, its middleware answers in the place of the view.
    """
    credentials = {"username": account.username}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
        return False
    if second_factor.confirm(account, code):
        return True
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return False


class CodeForm(forms.Form):
    code = forms.CharField(
        label="验证码",
        max_length=20,
        help_text="验证器应用里现在显示的6位数字，也可以用一个没有用过的恢复码。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


class SignInForm(AuthenticationForm):
    """Says what wrong passwords lead to, and never which of the two was wrong."""

    def get_invalid_login_error(self) -> ValidationError:
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        return ValidationError(
            "账号名或密码不对，请重新输入，字母区分大小写。"
            f"连续输错{settings.AXES_FAILURE_LIMIT}次，账号会锁定{minutes}分钟。",
            code="invalid_login",
        )


class SignIn(LoginView):
    """The password. It opens nothing yet where a second factor is set up."""

    redirect_authenticated_user = True
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"idle_minutes": settings.SESSION_COOKIE_AGE // 60}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "username" not in request.POST and (carrying := unsaved.hold(request, "login")):
            # From the page that tells of the lock.
            return carrying
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        account: User = form.get_user()
        if not second_factor.is_on(account):
            enter(self.request, account)
            return unsaved.lead_back(self.request) or redirect(self.get_success_url())
        # A new session: nothing that was planted in the browser before takes part in what follows.
        self.request.session.flush()
        self.request.session[_PENDING] = {
            "account": account.pk,
            "hash": account.get_session_auth_hash(),
            "at": timezone.now().timestamp(),
        }
        if carrying := unsaved.hold(self.request, "sign_in_code"):
            return carrying
        wanted = self.get_redirect_url()
        return redirect(signin.with_next(reverse("sign_in_code"), wanted))


@method_decorator([sensitive_post_parameters("code"), never_cache], name="dispatch")
class SignInCode(RedirectURLMixin, FormView):
    """The code. Wrong ones count with the wrong passwords, and lock the account as those do."""

    template_name = "registration/code.html"
    form_class = CodeForm
    next_page = "home"
    account: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        account = _account_waiting(request)
        if account is None:
            if carrying := unsaved.hold(request, "login"):
                return carrying
            return redirect(signin.with_next(reverse("login"), self.get_redirect_url()))
        self.account = account
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        request, code = self.request, form.cleaned_data["code"]
        left = second_factor.recovery_codes_left(self.account)
        if not code_is_right(request, self.account, code):
            form.add_error("code", "验证码不对或已经用过，请等应用里换了新的验证码再输入。")
            return self.form_invalid(form)
        del request.session[_PENDING]
        enter(request, self.account)
        now = second_factor.recovery_codes_left(self.account)
        if now < left:
            messages.warning(request, f"您用了一个恢复码，还剩{now}个；用完之前请到“登录验证”里换一组新的。")
        return unsaved.lead_back(request) or redirect(self.get_success_url())


def _account_waiting(request: HttpRequest) -> User | None:
    """Whose password was right in this session, a moment ago, and is still the same."""
    pending = request.session.get(_PENDING)
    if not pending or timezone.now().timestamp() - pending["at"] > PENDING_SECONDS:
        return None
    account = User.objects.filter(pk=pending["account"], is_active=True).first()
    if account is None or not constant_time_compare(account.get_session_auth_hash(), pending["hash"]):
        return None
    return account
