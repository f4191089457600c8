"""The way of a report to its signature."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from ledgers.jobs import enqueue
from reporting.models import Report
from reporting.models.steps import COMMENT_LENGTH
from reporting.services import ReportRefused
from reporting.services.review import accept_finding, review
from reporting.services.signing import NotClear, check_signing, send_back, submit, withdraw
from reporting.views.reports.base import DraftersOnly, SignersOnly


def _revision(request: HttpRequest) -> int:
    """The text the page showed; an unreadable number matches none."""
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


class ReportSubmit(DraftersOnly, TemplateView):
    """What the figure check says, and the button that hands the report to the leader."""

    template_name = "reporting/reports/submit.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.report.is_draft:
            messages.info(request, "这份报告不是草稿，不需要再提交。")
            return redirect(self.report)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.setdefault("review", None)
        return context | {
            "review": context["review"] or review(self.report),
            "comment_length": COMMENT_LENGTH,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            submit(
                report=self.report,
                revision=_revision(request),
                user=self.user,
                comment=request.POST.get("comment", ""),
            )
        except NotClear as refusal:
            messages.error(request, str(refusal))
            return self.render_to_response(self.get_context_data(review=refusal.review), status=422)
        except (ReportRefused, ValidationError) as refusal:
            return self.refused(refusal)
        messages.success(request, "已提交，等待领导签发。")
        return redirect(self.report)


class FindingAccept(DraftersOnly, View):
    """Leaves a finding as it is; the reason stays with the report."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            accept_finding(
                report=self.report,
                key=request.POST.get("key", ""),
                reason=request.POST.get("reason", ""),
                user=self.user,
            )
        except ReportRefused as refusal:
            messages.error(request, str(refusal))
        return redirect(reverse("reports:submit", args=[self.report.pk]))


class ReportWithdraw(DraftersOnly, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            withdraw(report=self.report, user=self.user)
        except ReportRefused as refusal:
            return self.refused(refusal)
        messages.success(request, "已撤回，可以继续修改。")
        return redirect(self.report)


class ReportReturn(SignersOnly, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            send_back(report=self.report, user=self.user, comment=request.POST.get("comment", ""))
        except (ReportRefused, ValidationError) as refusal:
            return self.refused(refusal)
        messages.success(request, "已退回，起草人会看到您的意见。")
        return redirect(self.report)


class ReportSign(SignersOnly, TemplateView):
    """Says what signing does; then a background job freezes the figures and makes the files."""

    template_name = "reporting/reports/sign.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.report.state != Report.State.SUBMITTED:
            messages.info(request, "这份报告现在不在等待签发。")
            return redirect(self.report)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "review": review(self.report),
            "submission": self.report.steps.filter(action="submitted").select_related("user").last(),
            "comment_length": COMMENT_LENGTH,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        revision = _revision(request)
        try:
            check_signing(report=self.report, revision=revision, user=self.user)
        except ReportRefused as refusal:
            return self.refused(refusal)
        job = enqueue(
            "report.sign",
            user=self.user,
            unit=self.report.unit,
            payload={"report": self.report.pk, "revision": revision},
        )
        return redirect(job)
