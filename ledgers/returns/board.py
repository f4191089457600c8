"""Who has reported: the state of every village's return for every quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.returns.deadlines import due_on
from ledgers.returns.ledger import ReturnLedger
from ledgers.returns.models import Return


@dataclass(frozen=True)
class Status:
    """Where a return stands, as boards name and colour it."""

    label: str
    tone: str = ""


#: From what is most pressing to what is done, or is nobody's business yet.
STATUSES: Final[dict[str, Status]] = {
    "overdue": Status("逾期未报", "danger"),
    "returned": Status("已退回", "warning"),
    "not_started": Status("未开始"),
    "draft": Status("草稿", "warning"),
    "submitted": Status("已报送", "info"),
    "accepted": Status("已审核", "success"),
    "ahead": Status("未到期"),
    "not_due": Status("—"),
}


@dataclass(frozen=True)
class BoardCell:
    """One village and quarter. ``state`` is for programs, ``label`` for people; ``marks`` say late and all zeros.

    ``status`` is one of STATUSES: a draft that was never handed in and whose day has passed is overdue.
    """

    state: str
    label: str
    tone: str = ""
    url: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    status: str = ""

    @property
    def has_reported(self) -> bool:
        return self.state in (Return.State.SUBMITTED, Return.State.ACCEPTED)


#: The village was closed before the quarter's end, or the quarter has not ended.
NOT_DUE = BoardCell("not_due", "—", status="not_due")
AHEAD = BoardCell("ahead", "未到期", status="ahead")


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
        return f"{line}；{names}{len(self.missing)}个未报，汇总数字中沿用其最近一次报送的数，从未报送的不计。"


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
    cells = cells_of(ledger, villages, quarters, user=user, today=today)
    rows = []
    with_headings = len({village.path[: -OrgUnit.steplen] for village in villages}) > 1
    for unit in units:
        if unit.level == model.level:
            of_unit = tuple(cells[unit.pk, quarter] for quarter in quarters)
            if any(was_open(unit, quarter) for quarter in quarters) or any(
                cell is not NOT_DUE for cell in of_unit
            ):
                rows.append(BoardRow(unit, of_unit))
        elif with_headings and any(village.is_within(unit) for village in villages):
            rows.append(BoardRow(unit, (), is_heading=True))
    by_quarter = {
        quarter: [(row.unit, row.cells[place]) for row in rows if not row.is_heading]
        for place, quarter in enumerate(quarters)
    }
    coverage = tuple(_coverage(quarter, cells) for quarter, cells in by_quarter.items())
    return Board(tuple(quarters), tuple(rows), coverage)


def cells_of(
    ledger: ReturnLedger,
    villages: Sequence[OrgUnit],
    quarters: Sequence[Period],
    *,
    user: User,
    today: dt.date,
) -> dict[tuple[int, Period], BoardCell]:
    """(village primary key, quarter) → where its return stands: one query, whatever the number of villages."""
    manager: Any = ledger.model._default_manager
    # Only what the user may see: villages come from his units, and the records must, too.
    records = manager.visible_to(user).filter(period__in=[str(quarter) for quarter in quarters])
    found = {(record.unit_id, record.period): record for record in records}
    create_url = ledger.url("create") if user.role in ledger.writers else ""
    return {
        (village.pk, quarter): (
            _empty_cell(village, quarter, today, create_url)
            if (record := found.get((village.pk, str(quarter)))) is None
            else _cell(ledger, record, today)
        )
        for village in villages
        for quarter in quarters
    }


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


def _empty_cell(village: OrgUnit, quarter: Period, today: dt.date, create_url: str) -> BoardCell:
    if not was_open(village, quarter):
        return NOT_DUE
    if today <= quarter.last_day:
        return AHEAD
    url = f"{create_url}?{urlencode({'unit': village.pk, 'period': str(quarter)})}" if create_url else ""
    if today > due_on(quarter):
        return _named("overdue", "overdue", url)
    return _named("not_started", "not_started", url)


def _cell(ledger: ReturnLedger, record: Return, today: dt.date) -> BoardCell:
    url = ledger.url("detail", pk=record.pk)
    marks: list[tuple[str, str]] = []
    if record.is_draft:
        is_overdue = record.submitted_on is None and today > record.due_on
        if is_overdue:
            marks.append(("逾期", "danger"))
        name = "returned" if record.returned_reason else "draft"
        return _named(name, record.state, url, marks, status="overdue" if is_overdue else name)
    if record.is_late:
        marks.append(("迟报", "danger"))
    if record.is_all_zeros:
        # Reported, and every number is 0: worth a look, and not the same as nothing.
        marks.append(("全为0", "warning"))
    return _named(record.state, record.state, url, marks)


def _named(
    name: str, state: str, url: str, marks: Sequence[tuple[str, str]] = (), *, status: str = ""
) -> BoardCell:
    """A cell that is labelled as the status ``name``, and counts as ``status`` where that is another."""
    shown = STATUSES[name]
    return BoardCell(state, shown.label, shown.tone, url, tuple(marks), status or name)
