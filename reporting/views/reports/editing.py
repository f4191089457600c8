"""The text of a draft: the page with all sections, and what its browser asks for meanwhile.

``section`` answers a browser's script in JSON and a plain form with a page. To a script it says 200 saved, 401 signed
out, 403 no right, 409 changed by somebody else (with the other version), 422 not acceptable, 423 no draft any more; in
every case the text stays in the browser.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.generic import TemplateView, View

from reporting.documents.model import Heading, numbers
from reporting.models import ReportSection
from reporting.models.sections import SECTION_LENGTH
from reporting.narrative import FILTERS, FigureBook, Problem, Rendered
from reporting.narrative import render as render_text
from reporting.narrative.preview import preview_html
from reporting.services import ReportRefused, SectionConflict
from reporting.services.editing import last_years_text, normalised, restore_section, save_section
from reporting.views.reports.base import DraftersOnly, record_links


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a form."""
    return bool(request.get_preferred_type(["text/html", "application/json"]) == "application/json")


class ReportEdit(DraftersOnly, TemplateView):
    """All sections, each with a form of its own: what is saved is one section, and two can work on two."""

    template_name = "reporting/reports/edit.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.report.is_draft:
            messages.info(request, "这份报告不是草稿，不能修改。")
            return redirect(self.report)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sections = list(self.report.sections.select_related("updated_by"))
        marks = numbers([Heading(section.level, section.heading) for section in sections])
        earlier = last_years_text(self.report)
        book = FigureBook(self.report.unit, self.report.reporting_period)
        return super().get_context_data(**kwargs) | {
            "sections": [
                (
                    marks[number],
                    section,
                    render_text(section.source, book).problems,
                    earlier.get(section.key, ""),
                )
                for number, section in enumerate(sections)
            ],
            "filters": {name: known for name, known in FILTERS.items() if name},
            "length": SECTION_LENGTH,
        }


class SectionView(DraftersOnly, View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and wants_json(request):
            # A redirect would hand the script the sign-in page, and the text would be lost with it.
            return JsonResponse({"error": "登录已过期，请在新窗口登录后再保存，文字还在这里。"}, status=401)
        return super().dispatch(request, *args, **kwargs)

    def section(self) -> ReportSection:
        return get_object_or_404(
            ReportSection.objects.select_related("report__unit", "updated_by"),
            report=self.report,
            key=self.kwargs["key"],
        )

    def page(self, section: ReportSection) -> str:
        return f"{reverse('reports:edit', args=[self.report.pk])}#{section.key}"

    def version(self) -> int:
        """The version the text was written on; an unreadable one matches none."""
        sent = self.request.POST.get("row_version", "")
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


class SectionSave(SectionView):
    """Saves a section: by a script while its author types, or by the form's button."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        section = self.section()
        mine = request.POST.get("source", "")
        try:
            saved = self.save(section, mine)
        except SectionConflict as conflict:
            return self.conflict(conflict, mine)
        except ValidationError as error:
            return self.unacceptable(section, mine, error.messages[0])
        except ReportRefused as refusal:
            if wants_json(request):
                return JsonResponse({"error": str(refusal)}, status=423)
            return self.refused(refusal)
        if wants_json(request):
            return JsonResponse(self.state(saved))
        messages.success(request, f"“{saved.heading}”已保存。")
        return redirect(self.page(saved))

    def save(self, section: ReportSection, mine: str) -> ReportSection:
        return save_section(section=section, source=mine, expected_version=self.version(), user=self.user)

    def state(self, section: ReportSection) -> dict[str, Any]:
        return {
            "key": section.key,
            "source": section.source,
            "row_version": section.row_version,
            "is_edited": section.is_edited,
            "updated_by": str(section.updated_by or "系统"),
            "updated_at": section.updated_at.isoformat(),
        }

    def conflict(self, conflict: SectionConflict, mine: str) -> HttpResponse:
        current = conflict.current
        if wants_json(self.request):
            body = {"error": str(conflict), "current": self.state(current), "mine": mine}
            return JsonResponse(body, status=409)
        context = {
            "report": self.report,
            "section": current,
            "mine": normalised(mine),
            "length": SECTION_LENGTH,
        }
        return render(self.request, "reporting/reports/section_conflict.html", context, status=409)

    def unacceptable(self, section: ReportSection, mine: str, error: str) -> HttpResponse:
        if wants_json(self.request):
            return JsonResponse({"error": error}, status=422)
        context = {
            "report": self.report,
            "section": section,
            "mine": mine,
            "error": error,
            "row_version": self.version(),
            "length": SECTION_LENGTH,
        }
        return render(self.request, "reporting/reports/section_refused.html", context, status=422)


class SectionRestore(SectionSave):
    """Puts the generated text back."""

    def save(self, section: ReportSection, mine: str) -> ReportSection:
        return restore_section(section=section, expected_version=self.version(), user=self.user)


class SectionPreview(SectionView):
    """The section as it would be printed, problems marked; nothing is saved."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        section = self.section()
        source = request.POST.get("source", "")[:SECTION_LENGTH]
        rendered: Rendered = render_text(source, FigureBook(self.report.unit, self.report.reporting_period))
        problems: tuple[Problem, ...] = rendered.problems
        context = {
            "section": section,
            "body": preview_html(rendered, record_links(self.report)),
            "problems": problems,
        }
        return render(request, "reporting/reports/_preview.html", context)
