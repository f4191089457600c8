"""Accounts: the own password, and what the account administrator does for the accounts of the own subtree."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.generic import ListView, TemplateView, View

from ledgers import accounts
from ledgers.access import Verb
from ledgers.models import User
from ledgers.views.base import SignedInMixin


class OwnPasswordChange(PasswordChangeView):
    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.save()
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        # Every other session of this account ends here; this one goes on.
        update_session_auth_hash(self.request, user)
        messages.success(self.request, "密码已修改。")
        return redirect(self.success_url)


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "name", "unit", "role", "is_active"]
        help_texts = {"is_active": "停用后不能登录，历史记录保留。"}

    def __init__(self, *args: Any, administrator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = administrator.units()  # type: ignore[attr-defined]
        self.fields["unit"].required = True
        self.fields["unit"].label_from_instance = lambda unit: unit.indented_name  # type: ignore[attr-defined]


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


class AccountEdit(AccountView, TemplateView):
    """A new account (no pk) or an existing one."""

    template_name = "accounts/form.html"

    def _form(self, pk: int | None) -> AccountForm:
        instance = self.account(pk) if pk is not None else None
        data = self.request.POST if self.request.method == "POST" else None
        return AccountForm(data, instance=instance, administrator=self.user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, self.template_name, {"form": self._form(kwargs.get("pk"))})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self._form(kwargs.get("pk"))
        if form.is_valid() and form.instance.pk == self.user.pk and not form.cleaned_data["is_active"]:
            form.add_error("is_active", "不能停用自己的账号。")
        if not form.is_valid():
            return render(request, self.template_name, {"form": form}, status=422)
        if form.instance.pk:
            account = form.save()
            messages.success(request, f"已保存账号：{account}")
            return redirect("accounts:list")
        account, password = accounts.open_account(form.save(commit=False))
        return render(request, "accounts/password.html", {"account": account, "password": password})


class PasswordReset(AccountView, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = self.account(kwargs["pk"])
        password = accounts.give_one_time_password(account)
        return render(request, "accounts/password.html", {"account": account, "password": password})
