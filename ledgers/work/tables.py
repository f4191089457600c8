"""List tables of the office's own work."""

from __future__ import annotations

import django_tables2 as tables

from ledgers.indicators import indicators
from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable
from ledgers.work.models import Activity, Brief, Fund, LiaisonGroup, Rectification, Target


class ActivityTable(RecordTable):
    title = LinkColumn()
    held_on = DayColumn()
    unit = tables.Column(order_by="unit__path")
    attendance = NumberColumn()
    expense = NumberColumn(verbose_name="支出（元）")

    class Meta(RecordTable.Meta):
        model = Activity
        fields = ("title", "kind", "unit", "held_on", "attendance", "expense")


class BriefTable(RecordTable):
    title = LinkColumn()
    sent_on = DayColumn()
    unit = tables.Column(order_by="unit__path")
    adopted_by = tables.Column(default="未采用")

    class Meta(RecordTable.Meta):
        model = Brief
        fields = ("title", "kind", "unit", "sent_on", "sent_to", "adopted_by")


class RectificationTable(RecordTable):
    issue = LinkColumn()
    found_on = DayColumn()
    due = DayColumn()
    done_on = DayColumn(default="未完成")
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        model = Rectification
        fields = ("issue", "unit", "found_on", "responsible_office", "due", "done_on")


class FundTable(RecordTable):
    purpose = LinkColumn()
    received_on = DayColumn()
    unit = tables.Column(order_by="unit__path")
    amount = NumberColumn(verbose_name="金额（万元）")
    spent = NumberColumn(verbose_name="已支出（万元）")

    class Meta(RecordTable.Meta):
        model = Fund
        fields = ("purpose", "source", "unit", "received_on", "amount", "spent")


class LiaisonGroupTable(RecordTable):
    name = LinkColumn()
    established_on = DayColumn()
    ended_on = DayColumn(default="运行中")
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        model = LiaisonGroup
        fields = ("name", "unit", "convener_post", "established_on", "ended_on")


class TargetTable(RecordTable):
    indicator = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    value = NumberColumn(empty_values=())  # Nothing stands for all there are.

    class Meta(RecordTable.Meta):
        model = Target
        fields = ("indicator", "unit", "year", "cadence", "value", "source_clause")

    def render_indicator(self, value: str, record: Target) -> str:
        return indicators.get(record.indicator).label if record.indicator in indicators else value

    def render_year(self, value: int) -> str:
        return str(value)  # A year takes no thousands separator.

    def render_value(self, value: object, record: Target) -> str:
        if record.whole:
            return "全部"
        text = f"{value:f}".rstrip("0").rstrip(".")
        return text + (indicators.get(record.indicator).unit if record.indicator in indicators else "")
