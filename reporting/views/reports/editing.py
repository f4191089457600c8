"""The text of a draft: the page with all sections, and what its browser asks for meanwhile.

``section`` answers a browser's script in JSON and a plain form with a page. To a script it says 200 saved, 401 signed
out, 403 no right, 409 changed by somebody else (with the other version), 422 not acceptable, 423 no draft any more; in
every case the text stays in the browser.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from reporting.documents.model import Heading, numbers
from reporting.models import Report, ReportSection
from reporting.models.sections import SECTION_LENGTH
from reporting.narrative import FILTERS, FigureBook, Rendered
from reporting.narrative import render as render_text
from reporting.narrative.compare import compare_html
from reporting.narrative.preview import preview_html
from reporting.services import ReportRefused, SectionConflict
from reporting.services.composing import Written, facts_of, write
from reporting.services.editing import last_years_text, normalised, restore_section, save_section
from reporting.services.review import Doubt, review_of
from reporting.views.reports.assisting import AskedByScript, section_state, wants_json
from reporting.views.reports.base import DraftersOnly, record_links


@dataclass(frozen=True)
class EditedSection:
    """A section on the editor's page, as it is saved or as somebody is just writing it."""

    section: ReportSection
    text: Rendered
    body: SafeString
    doubts: Sequence[Doubt] = ()
    #: Its number (一、) and last year's source.
    mark: str = ""
    earlier: str = ""

    @property
    def compared(self) -> SafeString:
        """The text beside the one the ledgers would give."""
        return compare_html(self.section.generated, normalised(self.section.source))


def _edited(report: Report, written: Sequence[Written], **more: Sequence[str]) -> list[EditedSection]:
    """One for each; ``more`` are further fields, in the same order."""
    doubts: dict[int, list[Doubt]] = defaultdict(list)
    for doubt in review_of(report, written).doubts:
        doubts[doubt.section.pk].append(doubt)
    link = record_links(report)
    return [
        EditedSection(
            section=item.section,
            text=item.text,
            body=preview_html(item.text, link),
            doubts=doubts[item.section.pk],
            **{name: values[number] for name, values in more.items()},
        )
        for number, item in enumerate(written)
    ]


def editor_context(report: Report, typed: ReportSection | None = None) -> dict[str, Any]:
    """All sections; ``typed`` is one as somebody is writing it, not saved."""
    sections = list(report.sections.select_related("updated_by"))
    if typed is not None:
        sections = [typed if section.pk == typed.pk else section for section in sections]
    marks = numbers([Heading(section.level, section.heading) for section in sections])
    earlier = last_years_text(report)
    return {
        "items": _edited(
            report,
            write(sections, facts_of(report)),
            mark=[marks[number] for number in range(len(sections))],
            earlier=[earlier.get(section.key, "") for section in sections],
        ),
        "typed": typed,
        "returned": report.returned,
        "filters": {name: known for name, known in FILTERS.items() if name},
        "length": SECTION_LENGTH,
    }


# "Back" must not show an old text on an old version.
@method_decorator(never_cache, name="dispatch")
class ReportEdit(DraftersOnly, TemplateView):
    """All sections, each with a form of its own: what is saved is one section, and two can work on two."""

    template_name = "reporting/reports/edit.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.report.is_draft:
            messages.info(request, "这份报告不是草稿，不能修改。")
            return redirect(self.report)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | editor_context(self.report)


class SectionView(AskedByScript):
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
            return JsonResponse(section_state(saved))
        messages.success(request, f"“{saved.heading}”已保存。")
        return redirect(self.page(saved))

    def save(self, section: ReportSection, mine: str) -> ReportSection:
        return save_section(section=section, source=mine, expected_version=self.version(), user=self.user)

    def conflict(self, conflict: SectionConflict, mine: str) -> HttpResponse:
        current = conflict.current
        compared = compare_html(current.source, normalised(mine))
        if wants_json(self.request):
            body = {
                "error": str(conflict),
                "current": section_state(current),
                "mine": mine,
                "compared": compared,
            }
            return JsonResponse(body, status=409)
        context = {
            "report": self.report,
            "section": current,
            "mine": normalised(mine),
            "compared": compared,
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
    """Puts the generated text back, after showing what will be gone."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        section = self.section()
        if not section.is_edited:
            return redirect(self.page(section))
        context = {
            "report": self.report,
            "section": section,
            "compared": compare_html(section.source, section.generated),
        }
        return render(request, "reporting/reports/section_restore.html", context)

    def save(self, section: ReportSection, mine: str) -> ReportSection:
        return restore_section(section=section, expected_version=self.version(), user=self.user)


class SectionPreview(SectionView):
    """The section as it would be printed, problems and findings marked; nothing is saved."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        section = self.section()
        section.source = request.POST.get("source", "")[:SECTION_LENGTH]
        if not wants_json(request):
            # The form keeps the version it was written on, so that saving it can still meet a conflict.
            section.row_version = self.version()
            context = {"report": self.report, **editor_context(self.report, section)}
            return render(request, "reporting/reports/edit.html", context)
        book = FigureBook(self.report.unit, self.report.reporting_period)
        written = Written(section, render_text(section.source, book))
        [item] = _edited(self.report, [written])
        html = render_to_string("reporting/reports/_preview.html", {"item": item}, request)
        return JsonResponse({"html": html, "compared": item.compared})

    show_typed = post
