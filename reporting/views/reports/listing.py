"""The list of reports."""

from __future__ import annotations

from typing import Any

from django.views.generic import TemplateView

from ledgers.access import Verb
from ledgers.paging import paged
from reporting.forms import ReportFilter
from reporting.tables import ReportTable
from reporting.views.reports.base import ReportsMixin


class ReportList(ReportsMixin, TemplateView):
    template_name = "reporting/reports/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reports = self.reports().defer("document")
        filterset = ReportFilter(self.request.GET, queryset=reports, user=self.user)
        table = paged(ReportTable, filterset.qs, self.request)
        unit = self.user.unit
        return super().get_context_data(**kwargs) | {
            "table": table,
            "filter": filterset,
            "page_obj": table.page,
            "is_filtered": any(self.request.GET.get(name) for name in filterset.filters),
            "can_draft": self.allowed(Verb.REPORT),
            "can_batch": self.allowed(Verb.REPORT) and unit is not None and not unit.is_leaf(),
        }
