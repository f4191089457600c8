"""Who has reported: the state of every village's return for every quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.returns.deadlines import due_on
from ledgers.returns.ledger import ReturnLedger
from ledgers.returns.models import Return


@dataclass(frozen=True)
class BoardCell:
    """One village and quarter. ``state`` is for programs, ``label`` for people; ``marks`` say late and all zeros."""

    state: str
    label: str
    tone: str = ""
    url: str = ""
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def has_reported(self) -> bool:
        return self.state in (Return.State.SUBMITTED, Return.State.ACCEPTED)


#: The village was closed before the quarter's end, or the quarter has not ended.
NOT_DUE = BoardCell("not_due", "—")
AHEAD = BoardCell("ahead", "未到期")


@dataclass(frozen=True)
class BoardRow:
    unit: OrgUnit
    cells: tuple[BoardCell, ...]
    is_heading: bool = False


@dataclass(frozen=True)
class Coverage:
    """How complete a quarter is, in numbers and by name."""

    quarter: Period
    due_on: dt.date
    expected: int
    reported: int
    accepted: int
    missing: tuple[OrgUnit, ...]

    @property
    def text(self) -> str:
        line = f"应报{self.expected}个村（社区），已报{self.reported}个，已审核{self.accepted}个"
        if not self.missing:
            return f"{line}，已报齐。" if self.expected else f"{line}。"
        names = "、".join(unit.name for unit in self.missing[:5]) + ("等" if len(self.missing) > 5 else "")
        return f"{line}；{names}{len(self.missing)}个未报，汇总数字中沿用其最近一次报送的数。"


@dataclass(frozen=True)
class Board:
    quarters: tuple[Period, ...]
    rows: tuple[BoardRow, ...]
    coverage: tuple[Coverage, ...]


def villages_within(units: Sequence[OrgUnit], model: type[Return]) -> list[OrgUnit]:
    return [unit for unit in units if unit.level == model.level]


def was_open(unit: OrgUnit, quarter: Period) -> bool:
    return unit.closed_on is None or unit.closed_on > quarter.last_day


def build_board(
    ledger: ReturnLedger, units: Sequence[OrgUnit], quarters: Sequence[Period], *, user: User, today: dt.date
) -> Board:
    """The board for ``units`` (a subtree in tree order): one query."""
    model = ledger.model
    villages = villages_within(units, model)
    found: dict[tuple[int, str], Any] = {}
    records: Any = model._default_manager.filter(
        unit__in=[village.pk for village in villages], period__in=[str(quarter) for quarter in quarters]
    )
    for record in records:
        found[record.unit_id, record.period] = record
    may_add = user.role in ledger.writers

    def cell(village: OrgUnit, quarter: Period) -> BoardCell:
        record = found.get((village.pk, str(quarter)))
        if record is None:
            return _empty_cell(ledger, village, quarter, today, may_add)
        return _cell(ledger, record, today)

    rows = []
    with_headings = len({village.path[: -OrgUnit.steplen] for village in villages}) > 1
    for unit in units:
        if unit.level == model.level:
            if any(was_open(unit, quarter) for quarter in quarters) or any(
                (unit.pk, str(quarter)) in found for quarter in quarters
            ):
                rows.append(BoardRow(unit, tuple(cell(unit, quarter) for quarter in quarters)))
        elif with_headings and any(village.is_within(unit) for village in villages):
            rows.append(BoardRow(unit, (), is_heading=True))
    by_quarter = {
        quarter: [(row.unit, row.cells[place]) for row in rows if not row.is_heading]
        for place, quarter in enumerate(quarters)
    }
    coverage = tuple(_coverage(quarter, cells) for quarter, cells in by_quarter.items())
    return Board(tuple(quarters), tuple(rows), coverage)


def _coverage(quarter: Period, cells: Sequence[tuple[OrgUnit, BoardCell]]) -> Coverage:
    due = [(unit, cell) for unit, cell in cells if was_open(unit, quarter) and cell is not AHEAD]
    return Coverage(
        quarter=quarter,
        due_on=due_on(quarter),
        expected=len(due),
        reported=sum(cell.has_reported for _, cell in due),
        accepted=sum(cell.state == Return.State.ACCEPTED for _, cell in due),
        missing=tuple(unit for unit, cell in due if not cell.has_reported),
    )


def _empty_cell(
    ledger: ReturnLedger, village: OrgUnit, quarter: Period, today: dt.date, may_add: bool
) -> BoardCell:
    if not was_open(village, quarter):
        return NOT_DUE
    if today <= quarter.last_day:
        return AHEAD
    url = (
        f"{ledger.url('create')}?{urlencode({'unit': village.pk, 'period': str(quarter)})}" if may_add else ""
    )
    if today > due_on(quarter):
        return BoardCell("overdue", "逾期未报", "danger", url)
    return BoardCell("not_started", "未开始", "", url)


def _cell(ledger: ReturnLedger, record: Return, today: dt.date) -> BoardCell:
    url = ledger.url("detail", pk=record.pk)
    marks: list[tuple[str, str]] = []
    if record.is_draft:
        if record.submitted_on is None and today > record.due_on:
            marks.append(("逾期", "danger"))
        if record.returned_reason:
            return BoardCell(record.state, "已退回", "warning", url, tuple(marks))
        return BoardCell(record.state, "草稿", "warning", url, tuple(marks))
    if record.is_late:
        marks.append(("迟报", "danger"))
    if record.is_all_zeros:
        # Reported, and every number is 0: worth a look, and not the same as nothing.
        marks.append(("全为0", "warning"))
    tone = "success" if record.is_locked else "info"
    return BoardCell(record.state, record.get_state_display(), tone, url, tuple(marks))
