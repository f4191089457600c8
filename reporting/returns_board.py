"""The returns of one quarter on the dashboard: units by ledgers, each place leading to the return or the units below.

A village's place is its return. A township's or county's counts its villages' returns by where they stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.returns.board import STATUSES, BoardCell, cells_of
from ledgers.returns.deadlines import due_on, last_quarter
from ledgers.returns.ledger import ReturnLedger
from ledgers.returns.waiting import return_ledgers
from reporting.cards import dashboard_url

#: What can be asked for; the others are nobody's business yet.
FILTERS: Final = tuple(name for name in STATUSES if name not in ("ahead", "not_due"))
ORDERS: Final = {"unit": "按单位", "urgency": "最急的在前"}
_RANK: Final = {name: rank for rank, name in enumerate(STATUSES)}


@dataclass(frozen=True)
class Part:
    """So many returns of one status; ``url`` leads to them. ``owner`` is whose it is where there is only one."""

    status: str
    label: str
    tone: str
    count: int
    url: str
    marks: tuple[tuple[str, str], ...] = ()
    owner: OrgUnit | None = None


@dataclass(frozen=True)
class ReturnsRow:
    unit: OrgUnit
    url: str
    #: For each ledger what there is of its returns, most pressing first.
    cells: tuple[tuple[Part, ...], ...]

    @property
    def urgency(self) -> tuple[int, int]:
        """Sorts the most pressing first: by the worst status, then by how many have it."""
        parts = [part for cell in self.cells for part in cell]
        worst = min((_RANK[part.status] for part in parts), default=len(_RANK))
        return worst, -sum(part.count for part in parts if _RANK[part.status] == worst)

    def has(self, status: str) -> bool:
        return any(part.status == status for cell in self.cells for part in cell)


@dataclass(frozen=True)
class ReturnsBoard:
    """``totals`` are over all units, whatever ``state`` the rows are narrowed to."""

    quarter: Period
    due_on: dt.date
    ledgers: tuple[ReturnLedger, ...]
    rows: tuple[ReturnsRow, ...]
    totals: tuple[tuple[Part, ...], ...]
    state: str
    order: str
    #: Rows there are without narrowing them.
    units: int

    def __bool__(self) -> bool:
        return bool(self.units)

    def count(self, place: int, status: str) -> int:
        """How many returns of the ledger at ``place`` have this status."""
        return sum(part.count for part in self.totals[place] if part.status == status)


def quarter_of(period: Period, today: dt.date) -> Period:
    """The last quarter of ``period`` that has ended; of one that has none yet, the quarter that is being reported."""
    ended = last_quarter(today)
    within = [quarter for quarter in period.quarters if quarter.last_day <= ended.last_day]
    return within[-1] if within else min(ended, period.quarters[0], key=lambda each: each.last_day)


def returns_board(
    unit: OrgUnit,
    children: Sequence[OrgUnit],
    reach: Sequence[OrgUnit],
    quarter: Period,
    *,
    user: User,
    today: dt.date,
    period: Period,
    state: str = "",
    order: str = "unit",
) -> ReturnsBoard:
    """One query for each ledger. ``reach`` are units among which those below ``unit`` are found.

    ``period`` is what the dashboards that the rows lead to show. ``state`` narrows the rows to those that have it.
    """
    ledgers = tuple(return_ledgers())
    below = [each for each in reach if each.is_within(unit)]
    found: list[list[tuple[OrgUnit, BoardCell]]] = []
    for ledger in ledgers:
        villages = [each for each in below if each.level == ledger.model.level]
        cells = cells_of(ledger, villages, [quarter], user=user, today=today)
        found.append([(each, cells[each.pk, quarter]) for each in villages])

    rows = []
    for row_unit in children or [unit]:
        parts = tuple(
            _parts(ledger, row_unit, [pair for pair in pairs if pair[0].is_within(row_unit)], quarter, period)
            for ledger, pairs in zip(ledgers, found, strict=True)
        )
        if any(parts):
            rows.append(ReturnsRow(row_unit, dashboard_url(row_unit, period), parts))
    shown = [row for row in rows if not state or row.has(state)]
    if order == "urgency":
        shown.sort(key=lambda row: row.urgency)
    totals = tuple(
        _counted(ledger, pairs, unit, quarter, period) for ledger, pairs in zip(ledgers, found, strict=True)
    )
    return ReturnsBoard(quarter, due_on(quarter), ledgers, tuple(shown), totals, state, order, len(rows))


def board_url(unit: OrgUnit, period: Period, state: str = "") -> str:
    """The board on the dashboard of ``unit``, narrowed to one status."""
    narrowed = f"&{urlencode({'state': state})}" if state else ""
    return f"{dashboard_url(unit, period)}{narrowed}#returns"


def _parts(
    ledger: ReturnLedger,
    unit: OrgUnit,
    pairs: Sequence[tuple[OrgUnit, BoardCell]],
    quarter: Period,
    period: Period,
) -> tuple[Part, ...]:
    if unit.level != ledger.model.level:
        return _counted(ledger, pairs, unit, quarter, period)
    return tuple(
        Part(cell.status, cell.label, cell.tone, 1, _url(ledger, owner, cell, quarter), cell.marks, owner)
        for owner, cell in pairs
        if cell.status != "not_due"
    )


def _url(ledger: ReturnLedger, owner: OrgUnit, cell: BoardCell, quarter: Period) -> str:
    """The return itself; where nobody has begun it, and this user cannot, the list of the unit's returns."""
    return cell.url or f"{ledger.url('list')}?{urlencode({'unit': owner.pk, 'period': str(quarter)})}"


def _counted(
    ledger: ReturnLedger,
    pairs: Sequence[tuple[OrgUnit, BoardCell]],
    unit: OrgUnit,
    quarter: Period,
    period: Period,
) -> tuple[Part, ...]:
    """So many of each status, most pressing first; what is not due is nobody's."""
    parts = []
    for name, shown in STATUSES.items():
        having = [(owner, cell) for owner, cell in pairs if cell.status == name != "not_due"]
        if len(having) == 1:
            owner, cell = having[0]
            url = _url(ledger, owner, cell, quarter)
            parts.append(Part(name, shown.label, shown.tone, 1, url, owner=owner))
        elif having:
            parts.append(Part(name, shown.label, shown.tone, len(having), board_url(unit, period, name)))
    return tuple(parts)
