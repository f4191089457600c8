"""Many reports at once: those of all units below, and those that fall due by the calendar."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ledgers.access import Role
from ledgers.jobs import enqueue, execute
from ledgers.models import Job, OrgUnit, User
from ledgers.periods import Period
from reporting.documents.pdf import RenderFailed
from reporting.models import Report
from reporting.reports import KINDS
from reporting.rights import may_draft
from reporting.services.drafting import build_report
from reporting.services.errors import ReportRefused, Steps

logger = logging.getLogger(__name__)


#: What a worker is handed of a batch: the report of one unit. Its payload: batch (the job), unit.
PART: Final = "report.part"
#: Units of one batch that wait for a worker at a time, so that other people's work need not wait for all of them.
_WAITING: Final = 8
_LOOK_AGAIN_SECONDS: Final = 0.2
#: How much one report is of the progress of a batch.
_WHOLE: Final = 100


def build_below(
    *,
    batch: Job,
    unit: OrgUnit,
    period: Period,
    kind: str,
    user: User,
    progress: Steps = lambda *step: None,
) -> dict[str, Any]:
    """Draft the report of every unit directly below ``unit``; drafts that are there are renewed.

    Whichever worker is free takes the next unit, and so does the one that calls this: it never waits while there is
    work, so a single worker gets through alone. A second run of the same ``batch`` goes on where the first one ended.
    Returns ``reports`` (their keys), ``skipped`` (unit and reason) and the ``url`` of the list that shows them. A unit
    whose report cannot be drafted does not keep the others waiting. Raises ReportRefused and UnsuitablePeriod.
    """
    if not may_draft(user, unit):
        raise ReportRefused("您没有起草这些单位的报告的权限。")
    KINDS[kind].check(period)
    members = list(unit.children().open_on(period.last_day))
    if not members:
        raise ReportRefused(f"{unit.name}没有下级单位，请直接起草本单位的报告。")
    parts = _worked_off(batch, members, progress)
    made, skipped = [], []
    for member in members:
        part = parts[member.pk]
        if part.state == Job.State.DONE:
            made.append(part.result["report"])
        else:
            skipped.append([member.name, part.error])
    notes = "；".join(f"{name}没有起草：{reason}" for name, reason in skipped)
    said = f"已起草{len(made)}份{'，都在下面，请逐份打开核对、修改后提交签发' if made else ''}。{notes}"
    progress(_WHOLE * len(members), _WHOLE * len(members), said)
    wanted = {"unit": unit.pk, "year": period.year, "part": str(period)[4:] or "Y", "kind": kind}
    return {
        "url": f"{reverse('reports:list')}?{urlencode(wanted)}",
        "said": said,
        "reports": made,
        "skipped": skipped,
    }


def build_part(*, batch: Job, unit: OrgUnit, progress: Steps = lambda *step: None) -> Report:
    """The report of one unit of a batch. Raises ReportRefused and RenderFailed."""
    if batch.user is None:
        raise ReportRefused("发起人的账号已不存在，请重新发起。")
    period = Period.parse(batch.payload["period"])
    return build_report(
        unit=unit, period=period, kind=batch.payload["kind"], user=batch.user, progress=progress
    )


def _worked_off(batch: Job, members: Sequence[OrgUnit], progress: Steps) -> dict[int, Job]:
    """Unit → its part, once all of them are over."""
    while True:
        parts = _handed_out(batch, members)
        progress(*_how_far(parts, members))
        if sum(part.is_over for part in parts.values()) == len(members):
            return parts
        # The last one first: the others are on their way to other workers in the order they were sent.
        now = timezone.now()
        open_parts = [part for part in parts.values() if not part.is_over and (part.due_at or now) <= now]
        if not any(map(_run, reversed(open_parts))):
            time.sleep(_LOOK_AGAIN_SECONDS)


def _how_far(parts: Mapping[int, Job], members: Sequence[OrgUnit]) -> tuple[int, int, str]:
    """(done, of how much, in words): a report that is half done counts half."""
    over = sum(part.is_over for part in parts.values())
    running = {
        member.name: part
        for member in members
        if (part := parts.get(member.pk)) and part.state == Job.State.RUNNING
    }
    if not running:
        words = f"共{len(members)}份，已完成{over}份" if over else f"共{len(members)}份，准备起草"
    else:
        last = f"至{over + len(running)}" if len(running) > 1 else ""
        words = f"正在起草第{over + 1}{last}份，共{len(members)}份：{'、'.join(running)}"
    done = _WHOLE * over + sum(part.percent * _WHOLE // 100 for part in running.values())
    return done, _WHOLE * len(members), words


def tell_whole(batch: Job) -> None:
    """Show on the page of a batch how far its parts are, while whoever waits for them is busy with one itself."""
    unit = OrgUnit.objects.get(pk=batch.payload["unit"])
    members = list(unit.children().open_on(Period.parse(batch.payload["period"]).last_day))
    done, total, message = _how_far(_parts_of(batch), members)
    running = Job.objects.filter(pk=batch.pk, state=Job.State.RUNNING)
    running.update(done=done, total=total, message=message[:200])


def _parts_of(batch: Job) -> dict[int, Job]:
    """Unit → its part."""
    found = Job.objects.filter(kind=PART, payload__batch=str(batch.pk), created_at__gte=batch.created_at)
    return {part.payload["unit"]: part for part in found.order_by("created_at")}


def _run(part: Job) -> bool:
    """Do a part unless somebody else is at it; whether it is over now."""
    execute(str(part.pk))
    part.refresh_from_db()
    return part.is_over


@transaction.atomic
def _handed_out(batch: Job, members: Sequence[OrgUnit]) -> dict[int, Job]:
    """Unit → part; new parts are made until enough of them wait."""
    # A batch whose worker was taken for dead may run twice: each unit is handed out once.
    Job.objects.select_for_update().get(pk=batch.pk)
    parts = _parts_of(batch)
    waiting = sum(part.state == Job.State.QUEUED for part in parts.values())
    missing = [member for member in members if member.pk not in parts]
    for member in missing[: max(0, _WAITING - waiting)]:
        parts[member.pk] = enqueue(PART, user=None, payload={"batch": str(batch.pk), "unit": member.pk})
    return parts


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
