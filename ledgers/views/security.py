"""One's own sign-in: the password, the second factor, and where one is signed in."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView, RedirectURLMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import TemplateView, View

from ledgers import second_factor, unsaved
from ledgers.models import AccountSession, User
from ledgers.sessions import end_sessions
from ledgers.views.base import SignedInMixin
from ledgers.views.signin import CodeForm, code_is_right

_KEY: Final = "_second_factor_key"


class FirstCodeForm(CodeForm):
    """Before there are recovery codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "验证器应用里现在显示的6位数字。"


class OwnPasswordChange(SignedInMixin, RedirectURLMixin, PasswordChangeView):
    verb = None
    is_step = True
    template_name = "registration/password_change_form.html"
    next_page = "home"

    def get_success_url(self) -> str:
        return str(self.get_redirect_url() or self.get_default_redirect_url())

    def form_valid(self, form: Any) -> HttpResponse:
        user: User = form.save()
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        # This session goes on, under a new key; every other session of the account ends here.
        update_session_auth_hash(self.request, user)
        end_sessions(user, keep=self.request.session.session_key)
        messages.success(self.request, "密码已修改，其他地方的登录已退出。")
        return unsaved.lead_back(self.request) or redirect(self.get_success_url())


class OwnSessions(SignedInMixin, TemplateView):
    """Where this account is signed in."""

    verb = None
    template_name = "registration/sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sessions = list(AccountSession.objects.open_for(self.user))
        return super().get_context_data(**kwargs) | {
            "sessions": sessions,
            "own_key": self.request.session.session_key,
            "has_second_factor": second_factor.is_on(self.user),
        }


class OwnSessionEnd(SignedInMixin, View):
    """End one session, named by its handle, or all others."""

    verb = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = request.session.session_key
        handle = request.POST.get("session", "")
        if not handle:
            count = end_sessions(self.user, keep=own)
            messages.success(request, f"已退出其他地方的{count}个登录。" if count else "没有其他登录。")
            return redirect("sessions")
        for session in AccountSession.objects.open_for(self.user):
            if session.handle == handle and session.session_key != own:
                session.delete()
                messages.success(request, f"已退出{session.browser or '这个登录'}。")
                return redirect("sessions")
        raise Http404


@method_decorator([sensitive_post_parameters("code"), never_cache], name="dispatch")
class SecondFactor(SignedInMixin, RedirectURLMixin, TemplateView):
    """Set up the second factor; where it is on, its state."""

    verb = None
    is_step = True
    template_name = "registration/second_factor.html"
    next_page = "home"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(CodeForm() if second_factor.is_on(self.user) else FirstCodeForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = FirstCodeForm(request.POST)
        if second_factor.is_on(self.user):
            return redirect("second_factor")
        if not form.is_valid():
            return self._show(form, status=422)
        codes = second_factor.turn_on(self.user, self._secret(), form.cleaned_data["code"])
        if codes is None:
            form.add_error("code", "验证码不对，请核对手机时间，输入应用里现在显示的6位数字。")
            return self._show(form, status=422)
        del request.session[_KEY]
        end_sessions(self.user, keep=request.session.session_key)
        return show_codes(request, codes, self.get_success_url())

    def _secret(self) -> str:
        """The key on offer; the same until it is taken, because the telephone may have it already."""
        secret: str = self.request.session.get(_KEY, "")
        if not secret or not second_factor.shown_secret(secret):
            secret = self.request.session[_KEY] = second_factor.new_secret()
        return secret

    def _show(self, form: CodeForm, status: int = 200) -> HttpResponse:
        is_on = second_factor.is_on(self.user)
        context: dict[str, Any] = {
            "form": form,
            "is_on": is_on,
            "is_required": self.user.role in second_factor.REQUIRED_OF,
        }
        if is_on:
            context["codes_left"] = second_factor.recovery_codes_left(self.user)
        else:
            secret = self._secret()
            context["secret"] = second_factor.shown_secret(secret)
            context["picture"] = second_factor.qr_code(self.user, secret)
        return render(self.request, self.template_name, context, status=status)


@method_decorator([sensitive_post_parameters("code"), never_cache], name="dispatch")
class SecondFactorStep(SignedInMixin, View):
    """What is done to a second factor that is on: only by whoever has the device, or a recovery code."""

    verb = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = CodeForm(request.POST)
        if not form.is_valid() or not code_is_right(request, self.user, form.cleaned_data["code"]):
            messages.error(request, "验证码不对或已经用过，没有更改；请等应用里换了新的验证码再试。")
            return redirect("second_factor")
        return self.done(request)

    def done(self, request: HttpRequest) -> HttpResponse:
        raise NotImplementedError


class SecondFactorCodes(SecondFactorStep):
    def done(self, request: HttpRequest) -> HttpResponse:
        return show_codes(request, second_factor.new_recovery_codes(self.user), "")


class SecondFactorOff(SecondFactorStep):
    def done(self, request: HttpRequest) -> HttpResponse:
        second_factor.turn_off(self.user)
        end_sessions(self.user, keep=request.session.session_key)
        if second_factor.is_missing(self.user):
            messages.info(request, "原来的验证器已停用，请现在设置新的。")
        else:
            messages.success(request, "登录验证已关闭，以后登录只用密码。")
        return redirect("second_factor")


def show_codes(request: HttpRequest, codes: list[str], next_url: str) -> HttpResponse:
    """The recovery codes, this once."""
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    context = {"codes": shown, "next_url": next_url, "unsaved_page": unsaved.page_of(request)}
    return render(request, "registration/recovery_codes.html", context)
