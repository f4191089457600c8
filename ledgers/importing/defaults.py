"""What the rows of a sheet belong to when no cell of theirs says it: unit, period and year.

The sheet's own words come first: its name, its 填报单位 line, its title. What they name outside the reach of the import
is an error of every row, never quietly somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledgers.importing.cells import Reading, YearCell
from ledgers.importing.layout import Understanding
from ledgers.importing.lookups import Lookups
from ledgers.importing.problems import CellProblem, SheetRejected
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import OrgUnit
from ledgers.periods import Period


def sheet_unit(found: Understanding, lookups: Lookups) -> OrgUnit | str:
    """The unit of rows that name none, or why there is none."""
    stated = found.stated
    named = [found_unit for text in (found.name, stated.unit_name) if (found_unit := lookups.named_in(text))]
    units = [unit for unit in named if isinstance(unit, OrgUnit)]
    village = next((unit for unit in units if unit.level == OrgUnit.Level.VILLAGE), None)
    if village is not None:
        return village
    # A name that should be somebody's and is nobody's here.
    strange = next((problem for problem in named if isinstance(problem, str)), "")
    if strange:
        return f"工作表名或填报单位一行写的单位：{strange}"
    titled = {unit.pk: unit for text in stated.titles if (unit := lookups.mentioned_in(text))}
    if len(titled) == 1:
        units.insert(0, next(iter(titled.values())))
    return units[0] if units else lookups.reach


def sheet_values(
    found: Understanding,
    sheet: type[LedgerSheet],
    given: Period | None,
    fallback: Period | None,
    places: Mapping[str, int],
) -> dict[str, Any]:
    """Period and year by field name, for the columns the sheet does not have. Raises SheetRejected without a period."""
    values: dict[str, Any] = {}
    period_column = sheet.period_column()
    if period_column is not None and period_column.name not in places:
        values[period_column.name] = _period(found, period_column.widget, given, fallback)
    for name, column in sheet.columns().items():
        if isinstance(column.widget, YearCell) and name not in places:
            year = found.stated.year or (given.year if given else None)
            if year:
                values[name] = column.widget.read(year, Reading())
    return values


def _period(found: Understanding, cell: Any, given: Period | None, fallback: Period | None) -> Any:
    problem = ""
    for period in (*found.stated.periods(given), *((fallback,) if fallback else ())):
        try:
            return cell.read(str(period), Reading())
        except CellProblem as refused:
            # A year in the title of a quarterly table says too little, and is no reason to give up.
            problem = problem or (str(refused) if period == given else "")
    # Not by its name: in a count ledger's file that may be somebody's.
    place = f"第{found.grid.position + 1}个工作表"
    raise SheetRejected(problem or f"{place}没有写明期间，请指明这张表是哪个季度的。")
