"""Reminders of returns: what a village still has to hand in, what a township still has to accept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ledgers.access import Role, Verb
from ledgers.models import OrgUnit, User
from ledgers.registry import ledgers
from ledgers.reminders import Reminder, add_source
from ledgers.returns.deadlines import due_on, last_quarter
from ledgers.returns.ledger import ReturnLedger
from ledgers.returns.models import Return


def return_ledgers() -> list[ReturnLedger]:
    return [ledger for ledger in ledgers if isinstance(ledger, ReturnLedger)]


def returns_waiting(user: User, today: dt.date) -> Iterator[Reminder]:
    if user.unit is None or not user.can(Verb.CHANGE):
        return
    for ledger in return_ledgers():
        if user.can(Verb.CHANGE, ledger):
            if user.unit.level == ledger.model.level:
                yield from _own(ledger, user.unit, today)
            elif user.role == Role.OFFICER:
                yield from _township(ledger, user, today)


def _own(ledger: ReturnLedger, unit: OrgUnit, today: dt.date) -> Iterator[Reminder]:
    """A village's: returns sent back, and the one of the quarter that ended last."""
    quarter = last_quarter(today)
    due = due_on(quarter)
    model: Any = ledger.model
    drafts = list(model._default_manager.filter(unit=unit, state=Return.State.DRAFT).order_by("period_end"))
    for record in drafts:
        if record.returned_reason:
            yield Reminder(
                f"{record.quarter.label}{ledger.label}被退回：{record.returned_reason}",
                record.get_absolute_url(),
                "去修改",
                "danger",
            )
    late = today > due
    when = f"已过截止日期{due.month}月{due.day}日" if late else f"{due.month}月{due.day}日前报送"
    own = model._default_manager.filter(unit=unit, period=str(quarter)).first()
    if own is None and (unit.closed_on is None or unit.closed_on > quarter.last_day):
        query = urlencode({"unit": unit.pk, "period": str(quarter)})
        yield Reminder(
            f"{quarter.label}{ledger.label}还没有填报，{when}。",
            f"{ledger.url('create')}?{query}",
            "去填报",
            "danger" if late else "warning",
        )
    elif own is not None and own.is_draft and not own.returned_reason:
        yield Reminder(
            f"{quarter.label}{ledger.label}还是草稿，{when}。",
            own.get_absolute_url(),
            "去报送",
            "danger" if late else "warning",
        )


def _township(ledger: ReturnLedger, user: User, today: dt.date) -> Iterator[Reminder]:
    """An officer's: how many wait to be accepted, and how many villages have not reported."""
    model: Any = ledger.model
    mine = model._default_manager.visible_to(user)
    waiting = mine.filter(state=Return.State.SUBMITTED).count()
    if waiting:
        yield Reminder(f"{ledger.label}有{waiting}张等待审核。", ledger.url("review"), "去审核", "info")
    quarter = last_quarter(today)
    villages = user.units().filter(level=ledger.model.level).open_on(quarter.last_day)
    reported = mine.filter(ledger.model.reported_for(quarter)).values("unit")
    missing = villages.exclude(pk__in=reported).count()
    if missing:
        due = due_on(quarter)
        late = today > due
        when = f"已过截止日期{due.month}月{due.day}日" if late else f"截止{due.month}月{due.day}日"
        yield Reminder(
            f"{quarter.label}{ledger.label}还有{missing}个村（社区）未报，{when}。",
            ledger.url("board"),
            "看进度",
            "danger" if late else "warning",
        )


add_source(returns_waiting)
