"""Reports on the screen: the list, the form that drafts one, the report itself, and its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import FormView, TemplateView, View

from ledgers.access import Verb
from ledgers.jobs import enqueue
from ledgers.paging import PAGE_SIZES, RecordPaginator
from ledgers.views.base import SignedInMixin
from reporting.documents.html import body_html, on_screen
from reporting.documents.model import FigureRun
from reporting.forms import DraftForm, ReportFilter
from reporting.models import Report, ReportFile, ReportQuerySet
from reporting.tables import ReportTable


class ReportsMixin(SignedInMixin):
    """Views of reports within the user's reach; any other report does not exist here."""

    verb = Verb.VIEW

    def reports(self) -> ReportQuerySet:
        return Report.objects.visible_to(self.user).select_related("unit", "created_by")

    def report(self, pk: int) -> Report:
        return get_object_or_404(self.reports(), pk=pk)


class ReportList(ReportsMixin, TemplateView):
    template_name = "reporting/reports/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reports = self.reports().defer("document")
        filterset = ReportFilter(self.request.GET, queryset=reports, user=self.user)
        table = ReportTable(filterset.qs, request=self.request)
        if sorting := self.request.GET.getlist("sort"):
            table.order_by = sorting
            table.data.data = table.data.data.order_by(*table.data.data.query.order_by, "-pk")
        table.paginate(RecordPaginator, per_page=PAGE_SIZES[0], page=self.request.GET.get("page", 1))
        return super().get_context_data(**kwargs) | {
            "table": table,
            "filter": filterset,
            "page_obj": table.page,
            "is_filtered": any(self.request.GET.get(name) for name in filterset.filters),
            "can_draft": self.allowed(Verb.REPORT),
        }


class ReportDraft(SignedInMixin, FormView):
    """Asks for a unit, a year and a kind, and hands the work to a background job."""

    verb = Verb.REPORT
    template_name = "reporting/reports/draft.html"
    form_class = DraftForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.user}

    def get_initial(self) -> dict[str, Any]:
        wanted = ("unit", "period", "kind")
        return super().get_initial() | {k: v for k in wanted if (v := self.request.GET.get(k))}

    def form_valid(self, form: DraftForm) -> HttpResponse:
        chosen = form.cleaned_data
        job = enqueue(
            "report.build",
            user=self.user,
            unit=chosen["unit"],
            payload={
                "unit": chosen["unit"].pk,
                "period": str(chosen["period"]),
                "kind": chosen["kind"],
            },
        )
        return redirect(job)


class ReportDetail(ReportsMixin, TemplateView):
    """The report as a page: the same document as in print, every number a link to the records behind it."""

    template_name = "reporting/reports/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.report(self.kwargs["pk"])

        def records(run: FigureRun) -> str:
            query = urlencode({"unit": report.unit.code, "period": run.period or report.period})
            return f"{reverse('indicators:records', kwargs={'code': run.code})}?{query}"

        return super().get_context_data(**kwargs) | {
            "report": report,
            "body": body_html(report.content, on_screen(records)),
            "files": report.files.all(),
            "can_draft": self.allowed(Verb.REPORT) and report.state == Report.State.DRAFT,
            "again": urlencode({"unit": report.unit_id, "period": report.period, "kind": report.kind}),
        }


class ReportDownload(ReportsMixin, View):
    """A file of a report, under a name that says what it is."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        report = self.report(kwargs["pk"])
        found = get_object_or_404(ReportFile, report=report, format=kwargs["format"])
        try:
            content = found.file.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        return FileResponse(content, as_attachment=True, filename=f"{report.title}.{found.format}")
