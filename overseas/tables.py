"""List tables of overseas and Taiwan affairs."""

from __future__ import annotations

import django_tables2 as tables

from ledgers.returns.tables import QuarterTable, StateColumn
from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable
from overseas.models import DonationProject, OverseasReturn, Reception, RegionComposition, ServiceRequest


class OverseasReturnTable(QuarterTable):
    households = NumberColumn()
    persons = NumberColumn()
    returned_persons = NumberColumn(verbose_name="归侨")
    relatives_persons = NumberColumn(verbose_name="侨眷")
    taiwan_persons = NumberColumn(verbose_name="台胞台属")
    hongkong_macao_persons = NumberColumn(verbose_name="港澳眷属")
    students_persons = NumberColumn(verbose_name="留学归国")
    state = StateColumn()

    class Meta(RecordTable.Meta):
        model = OverseasReturn
        fields = (
            "period",
            "unit",
            "households",
            "persons",
            "returned_persons",
            "relatives_persons",
            "taiwan_persons",
            "hongkong_macao_persons",
            "students_persons",
            "state",
        )


class RegionCompositionTable(QuarterTable):
    group_count = NumberColumn(verbose_name="地区个数")
    households = NumberColumn()
    persons = NumberColumn()

    class Meta(RecordTable.Meta):
        model = RegionComposition
        fields = ("period", "unit", "group_count", "households", "persons", "remark")


class DonationProjectTable(RecordTable):
    title = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    donated_on = DayColumn()
    amount = NumberColumn(verbose_name="金额（万元）")

    class Meta(RecordTable.Meta):
        model = DonationProject
        fields = ("title", "unit", "public_donor", "donated_on", "amount", "progress")


class ReceptionTable(RecordTable):
    title = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    held_on = DayColumn()
    households = NumberColumn()
    persons = NumberColumn()

    class Meta(RecordTable.Meta):
        model = Reception
        fields = ("title", "kind", "unit", "held_on", "households", "persons")


class ServiceRequestTable(RecordTable):
    matter = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    received_on = DayColumn()
    resolved_on = DayColumn(default="办理中")

    class Meta(RecordTable.Meta):
        model = ServiceRequest
        fields = ("matter", "kind", "unit", "received_on", "resolved_on")
