"""What has changed behind a signed report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import TemplateView

from reporting.drift import drift_of, keep_count
from reporting.views.reports.base import ReportMixin, again


class ReportDrift(ReportMixin, TemplateView):
    """The page; to the report's own page, which asks after it has been shown, only the sentence."""

    template_name = "reporting/reports/drift.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.report.is_signed:
            return redirect(self.report)
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        asked_by_page = self.request.htmx  # type: ignore[attr-defined]
        return ["reporting/reports/_drift_note.html" if asked_by_page else self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = drift_of(self.report, self.user)
        keep_count(self.report, found)
        self.report.refresh_from_db(fields=["drifted", "drift_checked_at"])
        return super().get_context_data(**kwargs) | {"drift": found, "again": again(self.report)}
