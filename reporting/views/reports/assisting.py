"""What the editor's script asks for while somebody writes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, never_cache
from django.views.generic import View

from ledgers.computing import figures
from ledgers.models import OrgUnit
from reporting.models import ReportSection
from reporting.narrative.choices import choices, filter_choices, place_choices
from reporting.views.reports.base import DraftersOnly


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return bool(request.get_preferred_type(["text/html", "application/json"]) == "application/json")


class AskedByScript(DraftersOnly, View):
    """Says 401 to a script that is signed out.

    A redirect would hand the script the sign-in page, and the text would be lost with it.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and wants_json(request):
            return JsonResponse({"error": "登录已过期，请重新登录。"}, status=401)
        return super().dispatch(request, *args, **kwargs)


@method_decorator(cache_control(private=True, max_age=60), name="dispatch")
class EditorFigures(AskedByScript):
    """Every figure an author can name, as it is now, in every way it can be said.

    A minute old at most: the preview asks again for what is really in the text.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        known = figures(self.report.unit, self.report.reporting_period)
        below = OrgUnit.objects.subtree(self.report.unit).exclude(pk=self.report.unit_id)
        units = below.open_on(self.report.reporting_period.last_day).order_by("path")
        return JsonResponse(
            {
                "figures": choices(known.values()),
                "filters": filter_choices(),
                "places": place_choices(units, self.report.reporting_period),
            }
        )


def section_state(section: ReportSection) -> dict[str, Any]:
    """A section as the editor's script knows it."""
    return {
        "key": section.key,
        "source": section.source,
        "row_version": section.row_version,
        "is_edited": section.is_edited,
        "updated_by": str(section.updated_by or "系统"),
        "updated_at": section.updated_at.isoformat(),
        # The hour of the office, whatever the browser's clock says.
        "at": timezone.localtime(section.updated_at).strftime("%H:%M"),
    }


@method_decorator(never_cache, name="dispatch")
class EditorSections(AskedByScript):
    """All sections as they are saved: what nobody has typed in on the open page follows them."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sections = self.report.sections.select_related("updated_by")
        return JsonResponse({"sections": [section_state(section) for section in sections]})


@method_decorator(never_cache, name="dispatch")
class EditorSession(AskedByScript):
    """Who is signed in, and a token to post with: signing in again has made the page's own token void."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse({"user": self.user.pk, "csrf": get_token(request)})
