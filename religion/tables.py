"""List tables of the venues."""

from __future__ import annotations

import django_tables2 as tables

from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable, YesNoColumn
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent


class VenueTable(RecordTable):
    name = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    rated_capacity = NumberColumn(verbose_name="核定人数")
    fire_equipment = NumberColumn(verbose_name="消防器材（件）")

    class Meta(RecordTable.Meta):
        model = Venue
        fields = (
            "name",
            "certificate_number",
            "faith",
            "kind",
            "unit",
            "responsible_person",
            "rated_capacity",
            "fire_equipment",
        )


class InspectionTable(RecordTable):
    inspected_on = DayColumn(linkify=True)
    venue = tables.Column(order_by="venue__name")
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        model = Inspection
        fields = ("inspected_on", "venue", "unit", "inspectors", "result")


class HazardTable(RecordTable):
    description = LinkColumn()
    venue = tables.Column(
        accessor="inspection__venue", order_by="inspection__venue__name", verbose_name="场所"
    )
    unit = tables.Column(order_by="unit__path")
    found_on = DayColumn()
    due = DayColumn()
    rectified_on = DayColumn(default="未整改", verbose_name="整改完成")

    class Meta(RecordTable.Meta):
        model = Hazard
        fields = ("description", "venue", "unit", "category", "found_on", "due", "rectified_on")


class VenueEventTable(RecordTable):
    name = LinkColumn()
    venue = tables.Column(order_by="venue__name")
    unit = tables.Column(order_by="unit__path")
    starts_on = DayColumn()
    ends_on = DayColumn()
    expected_attendance = NumberColumn()
    actual_attendance = NumberColumn(default="未填")
    safety_plan = YesNoColumn(verbose_name="预案")

    class Meta(RecordTable.Meta):
        model = VenueEvent
        fields = (
            "name",
            "venue",
            "unit",
            "starts_on",
            "ends_on",
            "expected_attendance",
            "actual_attendance",
            "safety_plan",
        )


class LiaisonVisitTable(RecordTable):
    visited_on = DayColumn(linkify=True)
    venue = tables.Column(order_by="venue__name")
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        model = LiaisonVisit
        fields = ("visited_on", "venue", "unit", "official", "raised", "outcome")
