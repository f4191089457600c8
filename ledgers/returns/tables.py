"""List tables of quarterly tables."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledgers.periods import Period
from ledgers.tables import LinkColumn, RecordTable

TONES = {"draft": "warning", "submitted": "info", "accepted": "success"}


class QuarterTable(RecordTable):
    period = LinkColumn(verbose_name="季度", order_by="period_end")
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        fields: tuple[str, ...] = ("period", "unit")

    def render_period(self, value: str) -> str:
        return Period.parse(value).label


class StateColumn(tables.Column):
    """The state as a tag; late and all zeros beside it."""

    def render(self, value: Any, record: Any) -> SafeString:
        marks = [(TONES.get(record.state, ""), record.get_state_display())]
        if record.is_late:
            marks.append(("danger", "迟报"))
        if record.counts and record.is_all_zeros:
            marks.append(("warning", "全为0"))
        parts = [format_html('<span class="tag tag-{}">{}</span>', tone, text) for tone, text in marks]
        return SafeString(" ".join(parts))
