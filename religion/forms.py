"""Forms of the venues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from ledgers.choosers import RecordField
from ledgers.forms import RecordForm
from religion.models import (
    Hazard,
    Inspection,
    LiaisonVisit,
    Venue,
    VenueEvent,
    normalize_certificate_number,
)


def paragraph(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class SiteForm(RecordForm):
    def not_in_future(self, name: str, noun: str) -> None:
        day = self.cleaned_data.get(name)
        if day and day > timezone.localdate():
            self.add_error(name, f"{noun}不能晚于今天，请核对年份和月份。")


class VenueForm(SiteForm):
    sections = [
        (
            "登记",
            ("name", "certificate_number", "unit", "faith", "kind", "address", "opened_on", "closed_on"),
        ),
        ("安全", ("floor_area", "rated_capacity", "fire_equipment")),
        ("联系", ("responsible_person", "phone", "liaison_official")),
    ]
    units = {"floor_area": "㎡", "rated_capacity": "人", "fire_equipment": "件"}

    class Meta:
        model = Venue
        fields = [
            "name",
            "certificate_number",
            "unit",
            "faith",
            "kind",
            "address",
            "opened_on",
            "closed_on",
            "floor_area",
            "rated_capacity",
            "fire_equipment",
            "responsible_person",
            "phone",
            "liaison_official",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An old workbook may leave the kind out; whoever fills in a form knows it.
        self.fields["kind"].required = True

    def clean_certificate_number(self) -> str:
        return normalize_certificate_number(self.cleaned_data["certificate_number"])

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("opened_on", "登记日期")
        return self.cleaned_data


class VenueField(RecordField):
    slug = "venues"
    noun = "个场所"
    hint = "场所名称或登记证号"

    def named(self, text: str) -> Q:
        return Q(name=text) | Q(certificate_number=normalize_certificate_number(text))


class InspectionField(RecordField):
    slug = "inspections"
    noun = "次检查"
    hint = "场所名称和检查日期，如“示例寺 2025-03-01”"

    def named(self, text: str) -> Q:
        name, _, day = text.rpartition(" ")
        try:
            inspected_on = parse_date(day)
        except ValueError:
            inspected_on = None
        if inspected_on is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return Q(venue__name=name.strip(), inspected_on=inspected_on)


class VenueRecordForm(SiteForm):
    """A record of one venue: the unit is the venue's and is not asked for."""

    def clean(self) -> dict[str, Any]:
        super().clean()
        venue = self.cleaned_data.get("venue")
        if venue is not None and venue.pk != self.instance.venue_id:
            # Given another venue, the record moves to that one's unit; a new one gets it from the model.
            self.instance.unit = venue.unit
        return self.cleaned_data


class InspectionForm(VenueRecordForm):
    sections = [("检查", ("venue", "unit", "inspected_on", "inspectors", "result", "note"))]

    class Meta:
        model = Inspection
        fields = ["venue", "inspected_on", "inspectors", "result", "note"]
        field_classes = {"venue": VenueField}
        widgets = {"note": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("inspected_on", "检查日期")
        return self.cleaned_data


class HazardForm(SiteForm):
    sections = [
        ("隐患", ("inspection", "unit", "found_on", "category", "description")),
        ("整改", ("measure", "due", "rectified_on")),
    ]

    class Meta:
        model = Hazard
        fields = ["inspection", "found_on", "category", "description", "measure", "due", "rectified_on"]
        field_classes = {"inspection": InspectionField}
        widgets = {"description": paragraph(), "measure": paragraph(2)}

    def clean(self) -> dict[str, Any]:
        super().clean()
        inspection = self.cleaned_data.get("inspection")
        if inspection is not None and inspection.pk != self.instance.inspection_id:
            self.instance.unit = inspection.unit
        self.not_in_future("found_on", "发现日期")
        self.not_in_future("rectified_on", "整改完成日期")
        return self.cleaned_data


class VenueEventForm(VenueRecordForm):
    sections = [
        ("活动", ("venue", "unit", "name", "starts_on", "ends_on")),
        ("规模与安全", ("expected_attendance", "actual_attendance", "safety_plan", "safety_plan_note")),
    ]
    units = {"expected_attendance": "人次", "actual_attendance": "人次"}

    class Meta:
        model = VenueEvent
        fields = [
            "venue",
            "name",
            "starts_on",
            "ends_on",
            "expected_attendance",
            "actual_attendance",
            "safety_plan",
            "safety_plan_note",
        ]
        field_classes = {"venue": VenueField}
        widgets = {"safety_plan_note": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        starts_on = self.cleaned_data.get("starts_on")
        counted = self.cleaned_data.get("actual_attendance") is not None
        if counted and starts_on and starts_on > timezone.localdate():
            self.add_error("actual_attendance", "活动还没有举行，实际人次请在活动结束后填写。")
        return self.cleaned_data


class LiaisonVisitForm(VenueRecordForm):
    sections = [("走访", ("venue", "unit", "visited_on", "official", "raised", "outcome"))]

    class Meta:
        model = LiaisonVisit
        fields = ["venue", "visited_on", "official", "raised", "outcome"]
        field_classes = {"venue": VenueField}
        widgets = {"raised": paragraph(), "outcome": paragraph()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.not_in_future("visited_on", "走访日期")
        return self.cleaned_data
