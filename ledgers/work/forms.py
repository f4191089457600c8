"""Forms of the office's own work: fields grouped as a clerk thinks of them, units beside the numbers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from ledgers.forms import RecordForm
from ledgers.indicators import indicators
from ledgers.work.models import Activity, ActivityPhoto, Brief, Fund, LiaisonGroup, Rectification, Target


def paragraph(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def not_in_future(form: forms.ModelForm[Any], name: str, noun: str) -> None:
    """What has happened cannot have happened tomorrow; a slip of the year is caught here."""
    day = form.cleaned_data.get(name)
    if day and day > timezone.localdate():
        form.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


class ActivityForm(RecordForm):
    sections = [
        ("基本情况", ("kind", "title", "unit", "held_on", "attendance")),
        ("宣传物料", ("banners", "slogans", "leaflets", "posts")),
        ("经费与成效", ("expense", "outcome")),
    ]
    units = {
        "attendance": "人次",
        "banners": "条",
        "slogans": "条",
        "leaflets": "份",
        "posts": "条",
        "expense": "元",
    }

    class Meta:
        model = Activity
        fields = [
            "kind",
            "title",
            "unit",
            "held_on",
            "attendance",
            "banners",
            "slogans",
            "leaflets",
            "posts",
            "expense",
            "outcome",
        ]
        widgets = {"outcome": paragraph(4)}
        help_texts = {"expense": ""}  # The unit stands beside the input.

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "held_on", "活动日期")
        return self.cleaned_data


class BriefForm(RecordForm):
    sections = [
        ("报送", ("kind", "title", "unit", "sent_on", "sent_to")),
        ("采用情况", ("adopted_by", "adopted_on")),
    ]

    class Meta:
        model = Brief
        fields = ["kind", "title", "unit", "sent_on", "sent_to", "adopted_by", "adopted_on"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "sent_on", "报送日期")
        not_in_future(self, "adopted_on", "采用日期")
        if self.cleaned_data.get("adopted_on") and not self.cleaned_data.get("adopted_by"):
            self.add_error("adopted_by", "填写了采用日期，请同时填写采用单位。")
        return self.cleaned_data


class RectificationForm(RecordForm):
    sections = [
        ("问题", ("source", "found_on", "unit", "issue")),
        ("整改", ("measure", "responsible_office", "due", "done_on")),
    ]

    class Meta:
        model = Rectification
        fields = ["source", "found_on", "unit", "issue", "measure", "responsible_office", "due", "done_on"]
        widgets = {"issue": paragraph(), "measure": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "found_on", "发现日期")
        not_in_future(self, "done_on", "完成日期")
        return self.cleaned_data


class FundForm(RecordForm):
    sections = [("来源与用途", ("source", "purpose", "unit", "received_on")), ("金额", ("amount", "spent"))]
    units = {"amount": "万元", "spent": "万元"}

    class Meta:
        model = Fund
        fields = ["source", "purpose", "unit", "received_on", "amount", "spent"]
        help_texts = {"amount": "", "spent": "不超过金额。"}  # The unit stands beside the input.

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "received_on", "到账日期")
        amount, spent = self.cleaned_data.get("amount"), self.cleaned_data.get("spent")
        if amount is not None and spent is not None and spent > amount:
            self.add_error("spent", "已支出不能多于金额，请核对；单位是万元。")
        return self.cleaned_data


class LiaisonGroupForm(RecordForm):
    sections = [("联络小组", ("name", "unit", "convener_post", "established_on", "ended_on"))]

    class Meta:
        model = LiaisonGroup
        fields = ["name", "unit", "convener_post", "established_on", "ended_on"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        not_in_future(self, "established_on", "成立日期")
        return self.cleaned_data


class TargetForm(RecordForm):
    sections = [
        ("目标", ("indicator", "unit", "year", "cadence", "value", "whole")),
        ("依据", ("source_clause",)),
    ]

    class Meta:
        model = Target
        fields = ["indicator", "unit", "year", "cadence", "value", "whole", "source_clause"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["year"].initial = timezone.localdate().year

    def clean(self) -> dict[str, Any]:
        super().clean()
        code, value = self.cleaned_data.get("indicator"), self.cleaned_data.get("value")
        if self.cleaned_data.get("whole") and value is not None:
            self.add_error("value", "已勾选“达到全部”，目标值请留空；要填目标值的，取消勾选。")
        elif not self.cleaned_data.get("whole") and value is None and "value" not in self.errors:
            self.add_error("value", "请填写目标值；要求全部做到的，勾选“达到全部”。")
        if code and value is not None:
            chosen = indicators.get(code)
            if not chosen.decimals and value != value.to_integral_value():
                self.add_error("value", f"“{chosen.label}”按{chosen.unit}计数，目标值请填整数。")
        return self.cleaned_data


class PhotoInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """One or more files, as a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(PhotosField, self).clean(each, initial) for each in files or [None]]


class PhotoUploadForm(forms.Form):
    """Up to nine pictures at once; what they hold is checked when they are re-encoded."""

    photos = PhotosField(
        label="选择照片",
        widget=PhotoInput(attrs={"accept": "image/jpeg,image/png,image/webp", "multiple": True}),
        help_text=(
            f"每项活动最多{ActivityPhoto.LIMIT}张，JPG、PNG或WebP格式，每张不超过20MB。"
            "上传时自动去除拍摄地点等附加信息并缩小。请勿上传能辨认信教群众、少数民族群众个人身份的照片。"
        ),
    )
    caption = forms.CharField(
        label="说明",
        max_length=60,
        required=False,
        validators=ActivityPhoto._meta.get_field("caption").validators,
        help_text="这几张照片共用的说明，不写居民姓名。",
    )
