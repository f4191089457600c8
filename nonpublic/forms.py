"""Forms of the private sector."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from ledgers.choosers import RecordField
from ledgers.forms import RecordForm
from ledgers.identifiers import normalize_credit_code
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest


class EnterpriseForm(RecordForm):
    sections = [
        ("企业", ("name", "credit_code", "unit", "sector", "founded_on", "closed_on")),
        ("规模", ("registered_capital", "staff")),
        ("负责人与联系", ("legal_representative", "office_phone")),
        ("商会", ("chamber_member", "chamber_since", "chamber_post")),
        ("备注", ("remark",)),
    ]
    units = {"registered_capital": "万元", "staff": "人"}

    class Meta:
        model = Enterprise
        fields = [
            "name",
            "credit_code",
            "unit",
            "sector",
            "founded_on",
            "closed_on",
            "registered_capital",
            "staff",
            "legal_representative",
            "office_phone",
            "chamber_member",
            "chamber_since",
            "chamber_post",
            "remark",
        ]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"registered_capital": ""}  # The unit stands beside the input.

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if data.get("founded_on") and data["founded_on"] > timezone.localdate():
            self.add_error("founded_on", "成立日期不能晚于今天，请核对年份和月份。")
        if not data.get("chamber_member") and (data.get("chamber_since") or data.get("chamber_post")):
            self.add_error(
                "chamber_member", "填写了入会时间或商会职务，请勾选“商会会员”；不是会员请清空那两项。"
            )
        return data


class EnterpriseField(RecordField):
    slug = "enterprises"
    noun = "家企业"
    hint = "企业全称或统一社会信用代码"

    def named(self, text: str) -> Q:
        return Q(name=text) | Q(credit_code=normalize_credit_code(text))


class EnterpriseRecordForm(RecordForm):
    """A record of one enterprise: the unit is the enterprise's and is not asked for."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        enterprise = self.cleaned_data.get("enterprise")
        if enterprise is not None and enterprise.pk != self.instance.enterprise_id:
            # Given another enterprise, the record moves to that one's unit; a new one gets it from the model.
            self.instance.unit = enterprise.unit
        return self.cleaned_data

    def not_in_future(self, name: str, noun: str) -> None:
        day = self.cleaned_data.get(name)
        if day and day > timezone.localdate():
            self.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


class EnterpriseRequestForm(EnterpriseRecordForm):
    sections = [
        ("诉求", ("enterprise", "unit", "raised_on", "kind", "text")),
        ("办理", ("department", "due", "resolved_on", "outcome")),
    ]

    class Meta:
        model = EnterpriseRequest
        fields = ["enterprise", "raised_on", "kind", "text", "department", "due", "resolved_on", "outcome"]
        field_classes = {"enterprise": EnterpriseField}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 3}),
            "outcome": forms.Textarea(attrs={"rows": 3}),
        }

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("raised_on", "提出日期")
        self.not_in_future("resolved_on", "办结日期")
        return self.cleaned_data


class ContributionForm(EnterpriseRecordForm):
    sections = [("捐赠", ("enterprise", "unit", "given_on", "amount", "purpose", "recipient_project"))]
    units = {"amount": "万元"}

    class Meta:
        model = Contribution
        fields = ["enterprise", "given_on", "amount", "purpose", "recipient_project"]
        help_texts = {"amount": "物资按价值折算。"}
        field_classes = {"enterprise": EnterpriseField}

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("given_on", "捐赠日期")
        return self.cleaned_data
