"""A report as it stands: its page, its files, its versions."""

from __future__ import annotations

import io
from typing import Any, Final

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.generic import TemplateView, View

from reporting.documents.figures import TracedFigures
from reporting.documents.html import web_html
from reporting.documents.model import Document
from reporting.models import Report, ReportFile
from reporting.services.composing import Composition, facts_of
from reporting.services.errors import FileNotWhole
from reporting.services.keeping import whole_content
from reporting.services.review import accepted_in
from reporting.traced import traced_figures
from reporting.views.reports.base import ReportMixin, again, record_links

#: As they are offered: the one to sign first.
_ORDER: Final = tuple(ReportFile.Format.values)


class ReportDetail(ReportMixin, TemplateView):
    """The report as a page: the same document as in print, every number a link to the records behind it.

    A draft shows the figures of this moment; a signed report what was signed.
    """

    template_name = "reporting/reports/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.report
        versions = Report.objects.filter(unit=report.unit_id, period=report.period, kind=report.kind)
        newer = versions.filter(version__gt=report.version).order_by("-version").first()
        context = super().get_context_data(**kwargs)
        is_open = not report.is_signed
        document = self.document()
        return context | {
            "body": web_html(document, self.figures(), record_links(report)),
            "files": sorted(report.files.all(), key=lambda file: _ORDER.index(file.format)),
            "returned": report.returned,
            "steps": report.steps.select_related("user"),
            "accepted_findings": accepted_in(report, document),
            "newer": newer,
            "versions": versions.count(),
            "can_edit": context["may_draft"] and report.is_draft,
            "can_withdraw": context["may_draft"] and report.state == Report.State.SUBMITTED,
            "can_sign": context["may_sign"] and report.state == Report.State.SUBMITTED,
            "can_renew": context["may_draft"] and (report.is_draft or (not is_open and newer is None)),
            "again": again(report),
        }

    def figures(self) -> TracedFigures:
        """What is said of each number: of a draft nothing, as its records may change while it is read."""
        report = self.report
        if not report.is_signed:
            return {}
        return traced_figures(report.figures.select_related("scope"), report.unit, report.reporting_period)

    def document(self) -> Document:
        report = self.report
        if report.is_signed or not report.sections.exists():
            return report.content
        return Composition.of(report, facts_of(report)).page()


class ReportVersions(ReportMixin, TemplateView):
    """All versions of the report, the newest first."""

    template_name = "reporting/reports/versions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.report
        versions = self.reports().filter(unit=report.unit_id, period=report.period, kind=report.kind)
        return super().get_context_data(**kwargs) | {
            "versions": versions.defer("document").order_by("-version").prefetch_related("files")
        }


class ReportDownload(ReportMixin, View):
    """A file of a report, under a name that says what it is: as it was made, or not at all."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = get_object_or_404(
            ReportFile.objects.select_related("report"), report=self.report, format=kwargs["format"]
        )
        try:
            content = whole_content(found)
        except FileNotWhole as refusal:
            context = {"report": self.report, "file": found, "error": str(refusal)}
            return render(request, "reporting/reports/file_refused.html", context, status=409)
        name = f"{self.report.title}.{found.format}"
        return FileResponse(io.BytesIO(content), as_attachment=True, filename=name)
