"""The list of reports as a table."""

from __future__ import annotations

import django_tables2 as tables

from reporting.models import Report


class ReportTable(tables.Table):
    title = tables.Column("标题", linkify=True)
    unit = tables.Column("单位", order_by="unit__path")
    period_label = tables.Column("期间", order_by="period")
    kind = tables.Column("类别")
    state = tables.Column("状态")
    created_by = tables.Column("起草人", orderable=False, default="系统")
    built_at = tables.DateTimeColumn(verbose_name="生成时间", format="Y-m-d H:i")

    class Meta:
        model = Report
        fields = ("title", "unit", "period_label", "kind", "state", "created_by", "built_at")
