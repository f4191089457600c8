"""Asking for drafts: one report, those of all units below, or the files of a draft anew."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import FormView, View

from ledgers.access import Verb
from ledgers.jobs import enqueue
from ledgers.views.base import SignedInMixin
from reporting.forms import BatchForm, DraftForm
from reporting.views.reports.base import DraftersOnly


class ReportDraft(SignedInMixin, FormView):
    """Asks for a unit, a kind and a period, and hands the work to a background job."""

    verb = Verb.REPORT
    template_name = "reporting/reports/draft.html"
    form_class: type[DraftForm] = DraftForm
    job = "report.build"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.user}

    def get_initial(self) -> dict[str, Any]:
        wanted = ("unit", "period", "kind")
        return super().get_initial() | {k: v for k in wanted if (v := self.request.GET.get(k))}

    def form_valid(self, form: DraftForm) -> HttpResponse:
        chosen = form.cleaned_data
        job = enqueue(
            self.job,
            user=self.user,
            unit=chosen["unit"],
            payload={
                "unit": chosen["unit"].pk,
                "period": str(chosen["period"]),
                "kind": chosen["kind"],
            },
        )
        return redirect(job)


class ReportBatch(ReportDraft):
    """The same for every unit below: one job, one progress bar."""

    template_name = "reporting/reports/batch.html"
    form_class = BatchForm
    job = "report.batch"


class ReportFiles(DraftersOnly, View):
    """Makes the files of a draft from its text and the figures of today."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = enqueue(
            "report.files", user=self.user, unit=self.report.unit, payload={"report": self.report.pk}
        )
        return redirect(job)
