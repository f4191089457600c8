"""The steps of a report's life as tests take them: drafted, written, submitted, signed."""

from __future__ import annotations

from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.documents.model import Paragraph, plain
from reporting.models import Report, ReportSection
from reporting.services import build_report
from reporting.services.editing import save_section
from reporting.services.signing import sign, submit

YEAR = Period(2025)


def draft(unit: OrgUnit, user: User | None = None, period: Period = YEAR, kind: str = "annual") -> Report:
    return build_report(unit=unit, period=period, kind=kind, user=user)


def meeting(unit: OrgUnit, day: str = "2025-12-31") -> Activity:
    found: Activity = Activity.objects.create(unit=unit, kind="meeting", held_on=day, title="会")
    return found


def fresh(report: Report) -> Report:
    return Report.objects.select_related("unit").get(pk=report.pk)


def section(report: Report, key: str = "plans") -> ReportSection:
    return report.sections.select_related("report__unit").get(key=key)


def save(report: Report, user: User, source: str, key: str = "plans") -> ReportSection:
    current = section(report, key)
    return save_section(section=current, source=source, expected_version=current.row_version, user=user)


def submitted(report: Report, officer: User) -> Report:
    return submit(report=fresh(report), revision=fresh(report).revision, user=officer)


def signed(report: Report, officer: User, leader: User) -> Report:
    submitted(report, officer)
    return sign(report=report, revision=fresh(report).revision, user=leader)


def actions(report: Report) -> list[str]:
    return [step.action for step in report.steps.all()]


def said(report: Report) -> str:
    return "\n".join(plain(b.runs) for b in report.content.blocks if isinstance(b, Paragraph))
