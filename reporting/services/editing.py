"""Saving the text of a draft, section by section."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ledgers.guards import no_personal_numbers
from ledgers.models import User
from reporting.models import Report, ReportSection
from reporting.models.sections import SECTION_LENGTH
from reporting.rights import may_draft
from reporting.services.errors import ReportRefused, SectionConflict


def save_section(*, section: ReportSection, source: str, expected_version: int, user: User) -> ReportSection:
    """Keep ``source`` if the section is still the one of ``expected_version``; returns the section as it stands.

    The same text sent twice (a double click, an answer that got lost) is saved once. Raises SectionConflict,
    ReportRefused (no right, no draft any more) and ValidationError (too long, or a personal number in the text).
    """
    if not may_draft(user, section.report.unit):
        raise ReportRefused("您没有修改这份报告的权限。")
    text = normalised(source)
    if len(text) > SECTION_LENGTH:
        raise ValidationError(f"这一部分有{len(text)}个字，最多{SECTION_LENGTH}个字，请分到别的部分。")
    # A summary needs nobody's ID or mobile number, and what is typed here is printed and handed on.
    no_personal_numbers(text)
    with transaction.atomic():
        # The report's row keeps submitting and saving apart: no text changes under a signature.
        report = Report.objects.select_for_update().get(pk=section.report_id)
        current = ReportSection.objects.select_related("updated_by").get(pk=section.pk)
        if not report.is_draft:
            raise ReportRefused("这份报告已提交签发，不能再修改；需要修改请先撤回。")
        if current.source == text:
            return current
        if current.row_version != expected_version:
            raise SectionConflict(current)
        ReportSection.objects.filter(pk=section.pk).update(
            source=text, row_version=F("row_version") + 1, updated_by=user, updated_at=timezone.now()
        )
        Report.objects.filter(pk=report.pk).update(revision=F("revision") + 1)
        return ReportSection.objects.select_related("updated_by").get(pk=section.pk)


def restore_section(*, section: ReportSection, expected_version: int, user: User) -> ReportSection:
    """Put the generated text back. Raises like ``save_section``."""
    return save_section(
        section=section, source=section.generated, expected_version=expected_version, user=user
    )


def normalised(source: str) -> str:
    """Line ends as everywhere, no invisible control characters, nothing trailing."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def last_years_text(report: Report) -> dict[str, str]:
    """Section key → source of the same report a year earlier, for an author who wants to start from it."""
    earlier = (
        Report.objects.filter(
            unit=report.unit,
            kind=report.kind,
            period=str(report.reporting_period.same_period_last_year),
        )
        .order_by("-version")
        .first()
    )
    return {} if earlier is None else dict(earlier.sections.values_list("key", "source"))
