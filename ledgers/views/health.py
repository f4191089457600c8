"""For load balancers and monitors: whether this process answers, whether it is ready, and figures; for administrators
a page that says what is wrong."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.generic import TemplateView, View
from prometheus_client import CONTENT_TYPE_LATEST

from ledgers.access import Verb
from ledgers.backups import keeping
from ledgers.models import Job
from ledgers.operations import checks, metrics
from ledgers.views.base import SignedInMixin


class Health(View):
    """Alive: this process answers and reaches its database."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return JsonResponse({"database": False}, status=503)
        return JsonResponse({"database": True})


class Ready(View):
    """Ready: 200 with ``ok`` or ``warning``, 503 with ``failed``. What it is that is wrong is not for everybody."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        state = checks.overall(checks.look(backups=False))
        return JsonResponse({"status": state}, status=503 if state == checks.FAILED else 200)


class Metrics(View):
    """Figures for Prometheus, if it knows METRICS_TOKEN and does not come through a proxy; for others no such page."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        token: str = settings.METRICS_TOKEN
        given = request.headers.get("Authorization", "")
        if (
            not token
            or "X-Forwarded-For" in request.headers
            or not constant_time_compare(given, f"Bearer {token}")
        ):
            raise Http404
        return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


class SystemStatus(SignedInMixin, TemplateView):
    """What the administrator looks at every morning."""

    verb = Verb.ACCOUNTS
    template_name = "system/status.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        outcomes = checks.look()
        return super().get_context_data(**kwargs) | {
            "outcomes": outcomes,
            "overall": checks.overall(outcomes),
            "version": settings.PRODUCT_VERSION,
            "backups": keeping.state(),
            "open_jobs_count": Job.objects.open().count(),
            "failed_jobs_count": Job.objects.filter(state=Job.State.FAILED).count(),
        }
