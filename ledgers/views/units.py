"""Units for the account administrator: the tree, and what is done when one is renamed, merged or closed.

A change is told before it is done: the form, a page that says what will follow, and only then the change.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.generic import TemplateView

from ledgers import units
from ledgers.access import Verb
from ledgers.forms import CHOOSE, DateInput
from ledgers.models import OrgUnit, UnitChange, User
from ledgers.unit_effects import effects, effects_of_undoing
from ledgers.views.base import SignedInMixin

Kind = UnitChange.Kind


class UnitChangeForm(forms.Form):
    """One change of one unit; which of the other fields are needed follows from its kind."""

    kind = forms.ChoiceField(
        label="办理什么",
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择办理什么。"},
    )
    on = forms.DateField(
        label="生效日期",
        widget=DateInput(),
        error_messages={"required": "请填写生效日期。", "invalid": "请填写日期，如2026-01-01。"},
    )
    new_name = forms.CharField(label="新名称", max_length=60, required=False, help_text="更名时填写。")
    into = forms.ModelChoiceField(
        label="并入哪个单位",
        queryset=OrgUnit.objects.none(),
        required=False,
        empty_label=CHOOSE,
        help_text="合并时选择同一上级的单位，从生效日期起由它接续填报。",
    )

    def __init__(self, *args: Any, unit: OrgUnit, administrator: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit, self.administrator = unit, administrator
        self.fields["on"].initial = timezone.localdate()
        sisters = self._sisters()
        kinds = self._kinds(has_sisters=sisters.exists())
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        if Kind.MERGED in kinds:
            self.fields["into"].queryset = sisters  # type: ignore[attr-defined]
            self.fields["kind"].help_text = "合并：并入另一个单位，由它接续；撤销：不并入任何单位。"
        else:
            del self.fields["into"]
        if kinds == [Kind.RENAMED]:
            self.fields["kind"].initial = Kind.RENAMED

    def _sisters(self) -> Any:
        parent = self.unit.path[: -OrgUnit.steplen]
        reach = self.administrator.units()
        sisters = reach.filter(path__startswith=parent, depth=self.unit.depth, closed_on__isnull=True)
        return sisters.exclude(pk=self.unit.pk)

    def _kinds(self, *, has_sisters: bool) -> list[Kind]:
        """What can be done with this unit: the administrator's own, and one with units below it, stays open."""
        below = OrgUnit.objects.subtree(self.unit).exclude(pk=self.unit.pk).filter(closed_on__isnull=True)
        if self.unit.pk == self.administrator.unit_id or below.exists():
            return [Kind.RENAMED]
        return [Kind.RENAMED, *([Kind.MERGED] if has_sisters else []), Kind.CLOSED]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == Kind.RENAMED and not data.get("new_name"):
            self.add_error("new_name", "请填写新名称。")
        if data.get("kind") == Kind.MERGED and not data.get("into") and "into" not in self.errors:
            self.add_error("into", "请选择并入哪个单位。")
        return data

    @property
    def effects(self) -> list[str]:
        """What will follow, in sentences; of a valid form."""
        data = self.cleaned_data
        return effects(self.unit, data["kind"], data["on"], new_name=data["new_name"], into=data.get("into"))

    @property
    def summary(self) -> str:
        """The change in one sentence; of a valid form."""
        data = self.cleaned_data
        day: dt.date = data["on"]
        return str(
            UnitChange(
                kind=data["kind"],
                on=day,
                old_name=self.unit.name,
                new_name=data["new_name"],
                into=data.get("into"),
            )
        )

    def save(self) -> None:
        """Carry the change out. Raises ChangeRefused."""
        data, user = self.cleaned_data, self.administrator
        if data["kind"] == Kind.RENAMED:
            units.rename_unit(unit=self.unit, name=data["new_name"], on=data["on"], user=user)
        elif data["kind"] == Kind.MERGED:
            units.merge_units(units=[self.unit], into=data["into"], on=data["on"], user=user)
        else:
            units.close_unit(unit=self.unit, on=data["on"], user=user)

    def rehearse(self) -> None:
        """Find out whether the change would be refused, and leave everything as it is. Raises ChangeRefused."""
        name = self.unit.name
        with transaction.atomic():
            self.save()
            transaction.set_rollback(True)
        self.unit.name = name


class UnitView(SignedInMixin):
    verb = Verb.ACCOUNTS


class UnitList(UnitView, TemplateView):
    template_name = "accounts/units.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reach = self.user.units()
        changes = UnitChange.objects.filter(unit__in=reach.order_by().values("pk"))
        return super().get_context_data(**kwargs) | {
            "units": reach.select_related("merged_into"),
            "changes": changes.select_related("unit", "into", "user", "undone_by")[:50],
            "today": timezone.localdate(),
        }


class UnitChangeView(UnitView, TemplateView):
    """The form, then what will follow, then the change: one page each, by the button that was pressed."""

    template_name = "accounts/unit.html"
    confirm_template = "accounts/unit_confirm.html"

    def unit(self) -> OrgUnit:
        found: OrgUnit = get_object_or_404(self.user.units(), pk=self.kwargs["pk"])
        return found

    def show(self, form: UnitChangeForm, *, status: int = 200) -> HttpResponse:
        changes = form.unit.changes.select_related("unit", "into", "user", "undone_by")
        standing = [change for change in changes if change.undone_at is None]
        last = max(standing, key=lambda change: change.pk, default=None)
        context = self.get_context_data(
            form=form,
            unit=form.unit,
            changes=changes,
            can_undo=last.pk if last is not None and not units.why_not_undone(last) else None,
        )
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(UnitChangeForm(unit=self.unit(), administrator=self.user))

    def show_typed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(UnitChangeForm(request.POST, unit=self.unit(), administrator=self.user))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = UnitChangeForm(request.POST, unit=self.unit(), administrator=self.user)
        step = request.POST.get("step")
        if not form.is_valid():
            return self.show(form, status=422)
        if step == "back":
            return self.show(form)
        summary = form.summary
        try:
            if step == "confirm":
                form.save()
            else:
                form.rehearse()
        except units.ChangeRefused as refused:
            form.add_error(None, str(refused))
            return self.show(form, status=422)
        if step == "confirm":
            messages.success(request, f"已办理：{summary}。")
            return redirect("accounts:units")
        return render(request, self.confirm_template, self.get_context_data(form=form, unit=form.unit))


class UnitChangeUndo(UnitView, TemplateView):
    """Takes a change back that was made by mistake, after saying what that means."""

    template_name = "accounts/unit_undo.html"

    def change(self) -> UnitChange:
        within = UnitChange.objects.filter(unit__in=self.user.units().order_by().values("pk"))
        return get_object_or_404(within.select_related("unit", "into"), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        change = self.change()
        return super().get_context_data(**kwargs) | {
            "change": change,
            "effects": effects_of_undoing(change),
            "refused": units.why_not_undone(change),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        change = self.change()
        try:
            units.undo_change(change=change, user=self.user)
        except units.ChangeRefused:
            return render(request, self.template_name, self.get_context_data(**kwargs), status=422)
        messages.success(request, f"已撤回：{change}。")
        return redirect("accounts:units")
