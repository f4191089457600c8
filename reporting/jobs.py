"""Background work of reports."""

from __future__ import annotations

from typing import Any

from ledgers.jobs import JobRefused, Progress, job
from ledgers.models import Job, OrgUnit
from ledgers.periods import Period
from reporting.documents.pdf import RenderFailed
from reporting.services import ReportRefused, build_report


@job("report.build", "起草总结报告")
def build(current: Job, progress: Progress) -> dict[str, Any]:
    """payload: unit (primary key), period, kind. The rights are those the user has now."""
    if current.user is None:
        raise JobRefused("起草人的账号已不存在，请重新起草。")
    unit = OrgUnit.objects.get(pk=current.payload["unit"])
    try:
        report = build_report(
            unit=unit,
            period=Period.parse(current.payload["period"]),
            kind=current.payload["kind"],
            user=current.user,
            progress=progress,
        )
    except (ReportRefused, RenderFailed) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return {"url": report.get_absolute_url(), "report": report.pk}
