"""Forms of ethnic affairs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.forms import RecordForm
from ledgers.returns.composition_forms import CompositionForm
from ledgers.returns.forms import ReturnForm


class PopulationReturnForm(ReturnForm):
    sections = [
        ("报表", ("unit", "period")),
        ("数字", ("residents", "registered", "migrant")),
        ("说明", ("explanation",)),
    ]
    grid_columns = ("人数",)
    grid_rows = (
        ("常住人口", ("residents",)),
        ("其中：户籍少数民族", ("registered",)),
        ("其中：流动少数民族", ("migrant",)),
    )
    grid_sums = (
        ("少数民族合计", (("sum", ("registered", "migrant")),)),
        ("占常住人口", (("share", ("registered", "migrant", "residents")),)),
    )

    class Meta:
        model = PopulationReturn
        fields = ["unit", "period", "residents", "registered", "migrant", "explanation"]
        widgets = {"explanation": forms.Textarea(attrs={"rows": 3})}


class EthnicCompositionForm(CompositionForm):
    class Meta:
        model = EthnicComposition
        fields = ["unit", "period", "remark"]


def not_in_future(form: forms.ModelForm[Any], name: str, noun: str) -> None:
    day = form.cleaned_data.get(name)
    if day and day > timezone.localdate():
        form.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


class SupportProjectForm(RecordForm):
    sections = [
        ("项目", ("title", "unit", "year", "progress")),
        ("资金", ("amount", "spent")),
        ("成效", ("outcome",)),
    ]
    units = {"amount": "万元", "spent": "万元"}

    class Meta:
        model = SupportProject
        fields = ["title", "unit", "year", "progress", "amount", "spent", "outcome"]
        widgets = {"outcome": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["year"].initial = timezone.localdate().year

    def clean(self) -> dict[str, Any]:
        super().clean()
        amount, spent = self.cleaned_data.get("amount"), self.cleaned_data.get("spent")
        if amount is not None and spent is not None and spent > amount:
            self.add_error("spent", "已支出不能多于项目资金，请核对；单位是万元。")
        return self.cleaned_data


class UnitySiteForm(RecordForm):
    sections = [("示范点", ("title", "unit", "grade", "named_on", "named_by", "ended_on"))]

    class Meta:
        model = UnitySite
        fields = ["title", "unit", "grade", "named_on", "named_by", "ended_on"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "named_on", "命名日期")
        return self.cleaned_data
