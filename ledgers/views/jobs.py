"""The progress page of a background job."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import TemplateView, View

from ledgers import jobs
from ledgers.models import Job
from ledgers.views.base import SignedInMixin


class OwnJob(SignedInMixin):
    """One of the user's own jobs; anyone else's is 404."""

    verb = None
    kwargs: dict[str, Any]

    def job(self) -> Job:
        return get_object_or_404(Job.objects.visible_to(self.user), pk=self.kwargs["pk"])


class JobDetail(OwnJob, TemplateView):
    template_name = "jobs/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.job()
        context = {"job": job, "result_url": job.result.get("url", "")}
        if request.htmx and job.state == Job.State.DONE and context["result_url"]:  # type: ignore[attr-defined]
            response = HttpResponse(status=204)
            response["HX-Redirect"] = context["result_url"]
            return response
        template = "jobs/_progress.html" if request.htmx else self.template_name  # type: ignore[attr-defined]
        return render(request, template, context)


class JobRetry(OwnJob, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.job()
        if not jobs.retry(job):
            messages.info(request, "这项任务不需要重试。")
        return redirect(job)
