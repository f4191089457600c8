"""Forms of overseas and Taiwan affairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone

from ledgers.forms import RecordForm
from ledgers.returns.composition_forms import CompositionForm
from ledgers.returns.forms import ReturnForm
from overseas.models import (
    CATEGORIES,
    HOUSEHOLDS,
    PERSONS,
    DonationProject,
    OverseasReturn,
    Reception,
    RegionComposition,
    ServiceRequest,
)


class OverseasReturnForm(ReturnForm):
    sections = [
        ("报表", ("unit", "period")),
        ("数字", OverseasReturn.figures),
        ("说明", ("explanation",)),
    ]
    grid_columns = ("户数", "人数")
    grid_rows = tuple(
        (label, (f"{name}_households", f"{name}_persons")) for name, label in CATEGORIES.items()
    )
    grid_sums = (("合计", (("sum", HOUSEHOLDS), ("sum", PERSONS))),)

    class Meta:
        model = OverseasReturn
        fields = ["unit", "period", *OverseasReturn.figures, "explanation"]
        widgets = {"explanation": forms.Textarea(attrs={"rows": 3})}


class RegionCompositionForm(CompositionForm):
    class Meta:
        model = RegionComposition
        fields = ["unit", "period", "remark"]

    def row_problems(self, code: str, numbers: tuple[int, ...]) -> Iterator[str]:
        households, persons = numbers
        if persons < households:
            yield f"人数（{persons}）不能少于户数（{households}），请核对。"
        elif persons and not households:
            yield "填了人数，请同时填写户数。"


def not_in_future(form: forms.ModelForm[Any], name: str, noun: str) -> None:
    day = form.cleaned_data.get(name)
    if day and day > timezone.localdate():
        form.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


def paragraph() -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 3})


class DonationProjectForm(RecordForm):
    sections = [
        ("项目", ("title", "unit", "public_donor", "donated_on")),
        ("金额与用途", ("amount", "purpose", "progress")),
    ]
    units = {"amount": "万元"}

    class Meta:
        model = DonationProject
        fields = ["title", "unit", "public_donor", "donated_on", "amount", "purpose", "progress"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "donated_on", "捐赠日期")
        return self.cleaned_data


class ReceptionForm(RecordForm):
    sections = [
        ("活动", ("title", "kind", "unit", "held_on")),
        ("规模与成效", ("households", "persons", "outcome")),
    ]
    units = {"households": "户", "persons": "人"}

    class Meta:
        model = Reception
        fields = ["title", "kind", "unit", "held_on", "households", "persons", "outcome"]
        widgets = {"outcome": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "held_on", "日期")
        return self.cleaned_data


class ServiceRequestForm(RecordForm):
    sections = [
        ("事项", ("kind", "unit", "received_on", "matter")),
        ("办理", ("resolved_on", "outcome")),
    ]

    class Meta:
        model = ServiceRequest
        fields = ["kind", "unit", "received_on", "matter", "resolved_on", "outcome"]
        widgets = {"outcome": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "received_on", "收到日期")
        not_in_future(self, "resolved_on", "办结日期")
        return self.cleaned_data
