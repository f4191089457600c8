"""What needs attention in a unit today: what is overdue, behind, waiting, or does not add up, most pressing first.

Measured today, whatever period the dashboard shows. Each concern leads to where it is settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Count, Q, Window
from django.urls import reverse

from ledgers.access import Verb
from ledgers.computing import compute
from ledgers.models import OrgUnit, User
from ledgers.registry import ledgers
from ledgers.reminders import Tone
from ledgers.returns.deadlines import last_quarter
from ledgers.returns.ledger import CompositionLedger
from reporting.models import Report
from reporting.returns_board import ReturnsBoard
from reporting.rights import may_sign
from reporting.target_panel import TargetPanel
from reporting.targets_below import TargetsBelow

#: Of one sort of concern so many are told one by one; beyond that they are counted.
NAMED: Final = 3
#: Quarters that are looked at for tables that do not add up.
BALANCED: Final = 4
_ORDER: Final[dict[Tone, int]] = {"danger": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Concern:
    """``kind`` in a word or two, one sentence, where it is settled, and for how many days it has been due."""

    kind: str
    text: str
    url: str
    action: str
    tone: Tone
    days: int = 0


def concerns(
    unit: OrgUnit,
    *,
    user: User,
    today: dt.date,
    board: ReturnsBoard,
    below: Sequence[OrgUnit],
    targets: TargetPanel,
    targets_below: TargetsBelow,
) -> list[Concern]:
    """Most pressing first. ``board`` is that of the quarter being reported; ``below`` is ``unit`` and all below it.

    A query for each ledger that has a deadline, two for each that has to add up, one for the reports.
    """
    found = [
        *_returns(board, user, today),
        *_overdue(unit, user, today),
        *_targets(targets, targets_below),
        *_reports(unit, user),
        *_out_of_balance(below, user, today),
    ]
    return sorted(found, key=lambda concern: (_ORDER[concern.tone], -concern.days))


def _returns(board: ReturnsBoard, user: User, today: dt.date) -> Iterator[Concern]:
    late = max((today - board.due_on).days, 0)
    until = f"截止{board.due_on.month}月{board.due_on.day}日"
    for ledger, parts in zip(board.ledgers, board.totals, strict=True):
        name = f"{board.quarter.label}{ledger.label}"
        may_review = user.can(Verb.CHANGE, ledger) and user.role in ledger.reviewers
        for part in parts:
            whose = f"{part.owner}{name}" if part.owner else f"{name}有{part.count}张"
            told = _return_words(part.status, whose, until)
            if told is None:
                continue
            text, tone = told
            url, action = part.url, "去看" if part.owner else "看是哪些"
            if part.status == "submitted" and may_review:
                url, action = ledger.url("review"), "去审核"
            yield Concern(part.label, text, url, action, tone, late if part.status == "overdue" else 0)


def _return_words(status: str, many: str, until: str) -> tuple[str, Tone] | None:
    words: dict[str, tuple[str, Tone]] = {
        "overdue": (f"{many}逾期未报，{until}。", "danger"),
        "returned": (f"{many}已退回，等待修改后重新报送。", "warning"),
        "not_started": (f"{many}还没有填报，{until}。", "warning"),
        "draft": (f"{many}还是草稿，{until}。", "warning"),
        "submitted": (f"{many}已报送，等待审核。", "info"),
    }
    return words.get(status)


def _overdue(unit: OrgUnit, user: User, today: dt.date) -> Iterator[Concern]:
    for ledger in ledgers:
        deadline = ledger.deadline
        if deadline is None:
            continue
        manager: Any = ledger.model._default_manager
        late = manager.visible_to(user).within(unit).filter(deadline.late(today)).select_related("unit")
        oldest = late.annotate(how_many=Window(Count("pk"))).order_by(deadline.due, "pk").first()
        if oldest is None:
            continue
        days = (today - getattr(oldest, deadline.due)).days
        since = f"已过{days}天" if deadline.days else f"已逾期{days}天"
        if oldest.how_many == 1:
            text = f"{oldest.unit}“{oldest}”{deadline.words}，{since}。"
            yield Concern(ledger.label, text, oldest.get_absolute_url(), "去办理", "danger", days)
        else:
            text = f"{ledger.label}有{oldest.how_many}条{deadline.words}，最久的在{oldest.unit}，{since}。"
            query = urlencode({"state": deadline.state, "unit": unit.pk})
            yield Concern(ledger.label, text, f"{ledger.url('list')}?{query}", "看清单", "danger", days)


def _targets(panel: TargetPanel, below: TargetsBelow) -> Iterator[Concern]:
    for card in panel.cards:
        progress = card.progress
        if progress is not None and progress.state == "is-behind":
            text = f"{card.figure.label}：{progress.text}，{progress.missing}。"
            yield Concern("目标落后", text, card.url, "看记录", "warning")
    behind = [row.unit.name for row in below.rows if row.behind]
    without = [row.unit.name for row in below.rows if not row.held]
    for names, kind, words in (
        (behind, "目标落后", "目标落后或没有达标"),
        (without, "没有目标", f"还没有登记{below.year.label}目标"),
    ):
        if names:
            listed = "、".join(names[:NAMED])
            if len(names) > NAMED:
                listed += f"等{len(names)}个单位"
            yield Concern(kind, f"{listed}{words}。", "#targets-below", "看是哪些", "warning")


def _reports(unit: OrgUnit, user: User) -> Iterator[Concern]:
    drifted = Q(state=Report.State.FINAL, drifted__gt=0)
    of_unit = Report.objects.visible_to(user).filter(unit__path__startswith=unit.path)
    found = list(of_unit.filter(drifted | Q(state__in=Report.OPEN)).defer("document").select_related("unit"))
    groups: tuple[tuple[str, str, str, Tone], ...] = (
        (Report.State.SUBMITTED, "等待签发", "{}已提交，等待签发。", "warning"),
        (Report.State.FINAL, "定稿有变", "{}定稿以后台账有改动，有数字和现在不一样了。", "warning"),
        (Report.State.DRAFT, "草稿待办", "{}还是草稿，核对后提交签发。", "info"),
    )
    for state, kind, words, tone in groups:
        members = [report for report in found if report.state == state]
        if len(members) > NAMED:
            listed = f"{reverse('reports:list')}?{urlencode({'state': state, 'unit': unit.pk})}"
            yield Concern(kind, words.format(f"{len(members)}份报告"), listed, "看清单", tone)
            continue
        for report in members:
            url, action = report.get_absolute_url(), "去看"
            if state == Report.State.FINAL:
                url = reverse("reports:drift", kwargs={"pk": report.pk})
            elif state == Report.State.SUBMITTED and may_sign(user, report.unit):
                action = "去签发"
            yield Concern(kind, words.format(f"《{report.title}》"), url, action, tone)


def _out_of_balance(below: Sequence[OrgUnit], user: User, today: dt.date) -> Iterator[Concern]:
    """Tables of a township whose totals are not those of its villages' returns: totals only, never a group."""
    quarters = list(last_quarter(today).back(BALANCED))
    for ledger in ledgers:
        if not isinstance(ledger, CompositionLedger) or not ledger.balance:
            continue
        townships = {unit.pk: unit for unit in below if unit.level == ledger.model.level}
        manager: Any = ledger.model._default_manager
        kept = manager.visible_to(user).filter(
            unit__in=townships, period__in=[str(quarter) for quarter in quarters]
        )
        tables = list(kept.select_related("unit").order_by("-period_end", "unit__path")) if townships else []
        if not tables:
            continue
        sums = compute(ledger.balance.values(), list(townships.values()), quarters)
        for table in tables:
            wrong = [
                f"{table._meta.get_field(column).verbose_name}本表{own}人、各村合计{villages}人"
                for column, code in ledger.balance.items()
                if (own := getattr(table, column))
                != (villages := sums[code, table.unit_id, table.quarter].value)
            ]
            if wrong:
                text = (
                    f"{table.unit}{table.quarter.label}{ledger.label}与各村季报不一致：{'，'.join(wrong)}。"
                )
                yield Concern("数字不平", text, table.get_absolute_url(), "去核对", "warning")
