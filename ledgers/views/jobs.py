"""The progress page of a background job."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import TemplateView, View
from django_htmx.http import HttpResponseClientRedirect

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
        asked_again = request.htmx  # type: ignore[attr-defined]
        result_url = job.result.get("url", "")
        # Quick work is over before its page is first shown: nobody should have to press a button to see it.
        if job.state == Job.State.DONE and result_url:
            if said := job.result.get("said"):
                level = messages.WARNING if job.result.get("skipped") else messages.SUCCESS
                messages.add_message(request, level, said)
            return HttpResponseClientRedirect(result_url) if asked_again else redirect(result_url)
        return render(request, "jobs/_progress.html" if asked_again else self.template_name, {"job": job})


class JobRetry(OwnJob, View):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = self.job()
        if not jobs.retry(job):
            messages.info(request, "这项任务不需要重试。")
        return redirect(job)
