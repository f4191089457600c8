"""The records behind a figure: the same condition, listed instead of added up."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.db import models
from django.http import Http404
from django.views.generic import TemplateView

from ledgers.indicators import Indicator, indicators
from ledgers.models import RecordQuerySet
from ledgers.paging import paged
from ledgers.registry import ledgers
from ledgers.tables import NumberColumn
from reporting.cards import dashboard_url, number
from reporting.remembered import Remembered, Shown
from reporting.views.dashboards import ScopeMixin


class IndicatorRecords(ScopeMixin, TemplateView):
    """``/indicators/<code>/records/?unit=&period=``: what a number on the dashboard or in a report is made of."""

    template_name = "reporting/records.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        indicator = self.indicator()
        scope = self.scope()
        # Who turns the pages of the list does not have the figure counted again on each of them.
        using = Remembered(Shown(scope.unit, (), scope.below, [scope.period])).compute
        cells = using([indicator.code], [scope.unit], [scope.period])
        figure = cells[indicator.code, scope.unit.pk, scope.period]
        ledger = ledgers.for_model(indicator.records)
        queryset: RecordQuerySet = (
            indicator.queryset(scope.unit, scope.period)
            .visible_to(self.user)
            .select_related(*ledger.select_related)
            .order_by(*ledger.ordering)
        )
        value = number(indicator, figure.value)
        table = paged(ledger.table, queryset, self.request, extra_columns=summed_column(indicator, value))
        return super().get_context_data(**kwargs) | {
            "indicator": indicator,
            "ledger": ledger,
            "unit": scope.unit,
            "period": scope.period,
            "value": value,
            "records": figure.records,
            "basis": basis(indicator),
            "table": table,
            "page_obj": table.page,
            "dashboard_url": dashboard_url(scope.unit, scope.period),
        }

    def indicator(self) -> Indicator:
        try:
            found = indicators.get(self.kwargs["code"])
        except KeyError:
            raise Http404 from None
        if not ledgers.has_model(found.records):
            raise Http404
        return found


def basis(indicator: Indicator) -> str:
    """How the records make the figure, in words."""
    if indicator.measure.words:
        return indicator.measure.words
    name = indicator.measure.field
    if name is None:
        return "每条记录计1" + indicator.unit
    label = field_label(indicator.records, name)
    return f"把“{label}”一列相加" if indicator.measure.additive else f"按“{label}”去重计数"


def summed_column(indicator: Indicator, value: str) -> list[tuple[str, tables.Column]]:
    """The column that the figure adds up, with the figure under it; none for a figure that counts."""
    name = indicator.measure.field
    if name is None or not indicator.measure.additive:
        return []
    column = NumberColumn(
        accessor=name,
        verbose_name=f"{field_label(indicator.records, name)}（{indicator.unit}）",
        footer=f"合计 {value}",
        attrs={**NumberColumn.attrs, "tf": {"class": "number"}},
    )
    return [(name.replace("__", "_"), column)]


def field_label(model: type[models.Model], path: str) -> str:
    """What the last field of a lookup path such as ``inspection__venue`` is called."""
    name, _, rest = path.partition("__")
    field = model._meta.get_field(name)
    if rest and field.related_model is not None and field.related_model != "self":
        return field_label(field.related_model, rest)
    return str(getattr(field, "verbose_name", name))
