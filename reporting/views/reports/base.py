"""What all views of reports share: which reports there are for this user, and how refusals are told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic.base import ContextMixin

from ledgers.access import Verb
from ledgers.views.base import SignedInMixin
from reporting.documents.html import FigureLink
from reporting.documents.model import FigureRun
from reporting.models import Report, ReportQuerySet
from reporting.rights import may_draft, may_sign
from reporting.services import ReportRefused


def record_links(report: Report) -> FigureLink:
    """The address of the records behind each number of this report."""

    def link(run: FigureRun) -> str:
        query = urlencode({"unit": run.unit or report.unit.code, "period": run.period or report.period})
        return f"{reverse('indicators:records', kwargs={'code': run.code})}?{query}"

    return link


def again(report: Report) -> str:
    """What the drafting page is asked for a new version, or a renewed draft, of this report."""
    return urlencode({"unit": report.unit_id, "period": report.period, "kind": report.kind})


class ReportsMixin(SignedInMixin, ContextMixin):
    """Views of reports within the user's reach; any other report does not exist here, whatever the role."""

    verb = Verb.VIEW
    kwargs: dict[str, Any]

    def reports(self) -> ReportQuerySet:
        return Report.objects.visible_to(self.user).select_related("unit", "created_by", "signed_by")


class ReportMixin(ReportsMixin):
    """Views of one report."""

    report: Report

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.allowed(Verb.VIEW):
            self.report = get_object_or_404(self.reports(), pk=kwargs["pk"])
            if not self.is_permitted():
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def is_permitted(self) -> bool:
        """Whether the user may open this page of a report that can be seen."""
        return True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        report = self.report
        return super().get_context_data(**kwargs) | {
            "report": report,
            "may_draft": may_draft(self.user, report.unit),
            "may_sign": may_sign(self.user, report.unit),
        }

    def refused(self, refusal: ReportRefused | ValidationError) -> HttpResponse:
        """Back to the report, with the reason."""
        text = refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal)
        messages.error(self.request, text)
        return redirect(self.report)


class DraftersOnly(ReportMixin):
    """Pages of those who write the report."""

    def is_permitted(self) -> bool:
        return may_draft(self.user, self.report.unit)


class SignersOnly(ReportMixin):
    """Pages of the leader who signs the report."""

    def is_permitted(self) -> bool:
        return may_sign(self.user, self.report.unit)
