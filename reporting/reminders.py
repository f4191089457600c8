"""What waits for a user with reports: drafts to finish for the officer, signatures for the leader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.db.models import OuterRef, Q, Subquery

from ledgers.access import Verb
from ledgers.models import User
from ledgers.reminders import Reminder
from reporting.models import Report, ReportStep
from reporting.rights import may_sign

#: More of them are in the list of reports.
_SHOWN: Final = 5


def reports_waiting(user: User, today: dt.date) -> Iterator[Reminder]:
    if user.unit is None:
        return
    if user.can(Verb.REPORT):
        yield from _to_finish(user)
    if user.can(Verb.SIGN):
        yield from _to_sign(user)


def _to_finish(user: User) -> Iterator[Reminder]:
    """The unit's own drafts that the calendar made or the leader sent back, and that nobody has handed in since."""
    last = ReportStep.objects.filter(report=OuterRef("pk")).order_by("-at", "-pk")
    drafts = (
        Report.objects.filter(unit=user.unit, state=Report.State.DRAFT)
        .annotate(
            last_action=Subquery(last.values("action")[:1]), remark=Subquery(last.values("comment")[:1])
        )
        .filter(Q(last_action=ReportStep.Action.RETURNED) | Q(created_by__isnull=True))
    )
    for report in drafts.defer("document")[:_SHOWN]:
        if report.last_action == ReportStep.Action.RETURNED:
            text = f"《{report.title}》被退回：{report.remark}"
            yield Reminder(text, report.get_absolute_url(), "去修改")
        else:
            text = f"《{report.title}》已按台账起草，请核对后提交签发。"
            yield Reminder(text, report.get_absolute_url(), "去核对", "info")


def _to_sign(user: User) -> Iterator[Reminder]:
    waiting = Report.objects.visible_to(user).filter(state=Report.State.SUBMITTED).select_related("unit")
    mine = [report for report in waiting.defer("document") if may_sign(user, report.unit)]
    for report in mine[:_SHOWN]:
        yield Reminder(f"《{report.title}》等待您签发。", report.get_absolute_url(), "去签发")
