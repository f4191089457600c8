"""Many reports at once: those of all units below, and those that fall due by the calendar."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from ledgers.access import Role
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from reporting.documents.pdf import RenderFailed
from reporting.models import Report
from reporting.reports import KINDS
from reporting.rights import may_draft
from reporting.services.drafting import build_report
from reporting.services.errors import ReportRefused, Steps

logger = logging.getLogger(__name__)


def build_below(
    *, unit: OrgUnit, period: Period, kind: str, user: User, progress: Steps = lambda *step: None
) -> dict[str, Any]:
    """Draft the report of every unit directly below ``unit``; drafts that are there are renewed.

    Returns ``reports`` (their keys), ``skipped`` (unit and reason) and the ``url`` of the list that shows them. A unit
    whose report cannot be drafted does not keep the others waiting. Raises ReportRefused and UnsuitablePeriod.
    """
    if not may_draft(user, unit):
        raise ReportRefused("您没有起草这些单位的报告的权限。")
    KINDS[kind].check(period)
    members = list(unit.children().open_on(period.last_day))
    if not members:
        raise ReportRefused(f"{unit.name}没有下级单位，请直接起草本单位的报告。")
    made: list[int] = []
    skipped: list[list[str]] = []
    for number, member in enumerate(members):
        progress(number, len(members), f"正在起草{member.name}的报告")
        try:
            made.append(build_report(unit=member, period=period, kind=kind, user=user).pk)
        except (ReportRefused, RenderFailed) as refusal:
            skipped.append([member.name, str(refusal)])
    total = len(members)
    notes = "；".join(f"{name}没有起草：{reason}" for name, reason in skipped)
    progress(total, total, f"已起草{len(made)}份。{notes}")
    query = urlencode({"unit": unit.pk, "year": period.year, "kind": kind})
    return {"url": f"{reverse('reports:list')}?{query}", "reports": made, "skipped": skipped}


#: Days after the end of a quarter in which its report is drafted: a product that was installed later leaves the past.
DRAFTING_DAYS: Final = 31


def draft_due(today: dt.date) -> list[Report]:
    """Draft the quarterly report of the quarter that has just ended, for every unit that has an officer.

    Runs every day and does nothing once a report is there, in whatever state: what an officer has begun, or signed,
    is never touched by the calendar.
    """
    quarter = Period.containing(today, "quarter").previous
    if (today - quarter.last_day).days > DRAFTING_DAYS:
        return []
    kind = Report.Kind.QUARTERLY
    there = set(Report.objects.filter(period=str(quarter), kind=kind).values_list("unit_id", flat=True))
    officers = User.objects.filter(is_active=True, role=Role.OFFICER, unit__isnull=False)
    units = OrgUnit.objects.filter(pk__in=officers.values("unit")).open_on(quarter.last_day)
    drafted = []
    for unit in units.exclude(pk__in=there):
        try:
            drafted.append(build_report(unit=unit, period=quarter, kind=kind, user=None))
        except (ReportRefused, RenderFailed):
            logger.exception("quarterly report of unit %s not drafted", unit.pk)
    return drafted
