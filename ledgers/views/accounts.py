"""What the account administrator does for the accounts of the own subtree."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import ListView, TemplateView, View

from ledgers import accounts, second_factor
from ledgers.access import Role, Verb
from ledgers.forms import CHOOSE
from ledgers.models import AccountSession, User
from ledgers.signin import locked_until
from ledgers.unit_choices import offer_units
from ledgers.views.base import SignedInMixin

#: Nobody grants rights to themselves, and nobody locks themselves out.
_NOT_ONES_OWN: Final = ("unit", "role", "is_active")


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "name", "unit", "role", "is_active"]
        help_texts = {"is_active": "停用后不能登录，历史记录保留。"}

    def __init__(self, *args: Any, administrator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].required = True
        offer_units(self.fields["unit"], administrator.units())
        self.fields["unit"].empty_label = CHOOSE  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", CHOOSE), *Role.choices]  # type: ignore[attr-defined]
        if self.instance.pk == administrator.pk:
            for name in _NOT_ONES_OWN:
                self.fields[name].disabled = True
                self.fields[name].help_text = "自己的不能改，请由另一位系统管理员办理。"


class AccountView(SignedInMixin):
    verb = Verb.ACCOUNTS

    def get_queryset(self) -> QuerySet[User]:
        return User.objects.filter(unit__in=self.user.units().order_by().values("pk")).order_by(
            "unit__path", "role", "username"
        )

    def account(self, pk: int) -> User:
        return get_object_or_404(self.get_queryset(), pk=pk)


class AccountList(AccountView, ListView):
    template_name = "accounts/list.html"
    context_object_name = "accounts"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"locked": locked_until(account.username for account in context["accounts"])}


class AccountEdit(AccountView, TemplateView):
    """A new account (no pk) or an existing one."""

    template_name = "accounts/form.html"

    def _form(self, pk: int | None) -> AccountForm:
        instance = self.account(pk) if pk is not None else None
        data = self.request.POST if self.request.method == "POST" else None
        return AccountForm(data, instance=instance, administrator=self.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(self._form(kwargs.get("pk")))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self._form(kwargs.get("pk"))
        if not form.is_valid():
            return self._show(form, status=422)
        if form.instance.pk:
            accounts.change_account(form.save(commit=False), by=self.user)
            messages.success(request, f"已保存账号：{form.instance}")
            return redirect("accounts:list")
        account, password = accounts.open_account(form.save(commit=False), by=self.user)
        return show_password(request, account, password)

    def _show(self, form: AccountForm, status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {"form": form}
        account = form.instance
        if account.pk and account.pk != self.user.pk:
            context |= {
                "account": account,
                "locked_until": locked_until([account.username]).get(account.username),
                "has_second_factor": second_factor.is_on(account),
                "open_sessions": AccountSession.objects.open_for(account).count(),
            }
        return render(self.request, self.template_name, context, status=status)


class AccountStep(AccountView, View):
    """Something done to another's account. For one's own there are pages that ask who it is."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = self.account(kwargs["pk"])
        if account.pk == self.user.pk:
            raise PermissionDenied
        return self.done(request, account)

    def done(self, request: HttpRequest, account: User) -> HttpResponse:
        raise NotImplementedError

    def back(self, account: User, text: str) -> HttpResponse:
        messages.success(self.request, text)
        return redirect("accounts:edit", pk=account.pk)


class PasswordReset(AccountStep):
    def done(self, request: HttpRequest, account: User) -> HttpResponse:
        return show_password(request, account, accounts.give_one_time_password(account, by=self.user))


class Unlock(AccountStep):
    def done(self, request: HttpRequest, account: User) -> HttpResponse:
        accounts.unlock(account, by=self.user)
        return self.back(account, f"账号 {account.username} 已解锁，可以登录。")


class SecondFactorReset(AccountStep):
    def done(self, request: HttpRequest, account: User) -> HttpResponse:
        accounts.reset_second_factor(account, by=self.user)
        return self.back(account, f"账号 {account.username} 的登录验证器已重置，该账号的登录已全部退出。")


class SignOut(AccountStep):
    def done(self, request: HttpRequest, account: User) -> HttpResponse:
        count = accounts.sign_out_everywhere(account, by=self.user)
        return self.back(account, f"账号 {account.username} 的{count}个登录已退出。")


def show_password(request: HttpRequest, account: User, password: str) -> HttpResponse:
    """The one-time password, this once."""
    return render(request, "accounts/password.html", {"account": account, "password": password})
