"""Units for the account administrator: the tree, and what is done when one is renamed, merged or closed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.generic import TemplateView

from ledgers import units
from ledgers.access import Verb
from ledgers.forms import DateInput
from ledgers.models import OrgUnit, UnitChange, User
from ledgers.views.base import SignedInMixin

Kind = UnitChange.Kind


class UnitChangeForm(forms.Form):
    """One change of one unit; which of the other fields are needed follows from its kind."""

    kind = forms.ChoiceField(label="办理什么", choices=Kind.choices, widget=forms.RadioSelect)
    on = forms.DateField(label="生效日期", widget=DateInput())
    new_name = forms.CharField(label="新名称", max_length=60, required=False, help_text="更名时填写。")
    into = forms.ModelChoiceField(
        label="并入哪个单位",
        queryset=OrgUnit.objects.none(),
        required=False,
        help_text="合并时选择同一上级的单位；村民和台账数字从生效日期起由它接续填报。",
    )

    def __init__(self, *args: Any, unit: OrgUnit, administrator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.administrator = unit, administrator
        self.fields["on"].initial = timezone.localdate()
        parent = unit.path[: -OrgUnit.steplen]
        sisters = administrator.units().filter(
            path__startswith=parent, depth=unit.depth, closed_on__isnull=True
        )
        self.fields["into"].queryset = sisters.exclude(pk=unit.pk)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == Kind.RENAMED and not data.get("new_name"):
            self.add_error("new_name", "请填写新名称。")
        if data.get("kind") == Kind.MERGED and not data.get("into"):
            self.add_error("into", "请选择并入哪个单位。")
        return data

    def save(self) -> str:
        """Carry the change out; returns what was done. Raises ChangeRefused."""
        data, user = self.cleaned_data, self.administrator
        if data["kind"] == Kind.RENAMED:
            units.rename_unit(unit=self.unit, name=data["new_name"], on=data["on"], user=user)
        elif data["kind"] == Kind.MERGED:
            units.merge_units(units=[self.unit], into=data["into"], on=data["on"], user=user)
        else:
            units.close_unit(unit=self.unit, on=data["on"], user=user)
        return str(self.unit.changes.latest("pk"))


class UnitView(SignedInMixin):
    verb = Verb.ACCOUNTS


class UnitList(UnitView, TemplateView):
    template_name = "accounts/units.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reach = self.user.units()
        changes = UnitChange.objects.filter(unit__in=reach.order_by().values("pk"))
        return super().get_context_data(**kwargs) | {
            "units": reach.select_related("merged_into"),
            "changes": changes.select_related("unit", "into", "user")[:50],
        }


class UnitChangeView(UnitView, TemplateView):
    template_name = "accounts/unit.html"

    def unit(self) -> OrgUnit:
        found: OrgUnit = get_object_or_404(self.user.units(), pk=self.kwargs["pk"])
        return found

    def show(self, form: UnitChangeForm, *, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form, unit=form.unit, changes=form.unit.changes.all())
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(UnitChangeForm(unit=self.unit(), administrator=self.user))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = UnitChangeForm(request.POST, unit=self.unit(), administrator=self.user)
        if form.is_valid():
            try:
                done = form.save()
            except units.ChangeRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, f"已办理：{done}。")
                return redirect("accounts:units")
        return self.show(form, status=422)
