"""The list of reports as a table."""

from __future__ import annotations

from typing import Final

import django_tables2 as tables

from ledgers.tables import ListTable
from reporting.models import Report

#: Short words that a long title would otherwise break.
_ONE_LINE: Final = {"td": {"class": "text-nowrap"}}


class ReportTable(ListTable):
    title = tables.Column("标题", linkify=True)
    unit = tables.Column("单位", order_by="unit__path", attrs=_ONE_LINE)
    period_label = tables.Column("期间", order_by="period", attrs=_ONE_LINE)
    kind = tables.Column("类别")
    state = tables.TemplateColumn(
        '{% include "reporting/reports/_state.html" with report=record %}', verbose_name="状态"
    )
    version = tables.Column("版次")
    created_by = tables.Column("起草人", orderable=False, default="系统")
    built_at = tables.DateTimeColumn(verbose_name="更新时间", format="Y-m-d H:i", attrs=_ONE_LINE)

    class Meta:
        model = Report
        fields = ("title", "unit", "period_label", "kind", "state", "version", "created_by", "built_at")
