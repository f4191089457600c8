"""Turning the record rows of a file into values, with everything that is wrong in them, all at once.

A blank cell is absent from a row's values: it leaves a record as it is and never empties a field. Offices hand over
workbooks with columns they have not filled in; clearing a value is done on the record's own page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from ledgers.importing.cells import DateCell, Reading
from ledgers.importing.choices import Choices
from ledgers.importing.counting import COUNTED_AT_MOST, NAMES, lists_persons, look
from ledgers.importing.dates import keeps_zeros
from ledgers.importing.defaults import sheet_unit, sheet_values
from ledgers.importing.grid import Workbook
from ledgers.importing.layout import Understanding, understand
from ledgers.importing.lookups import Lookups
from ledgers.importing.normalise import address
from ledgers.importing.own_sheets import is_own_sheet
from ledgers.importing.problems import CellProblem, SheetRejected
from ledgers.importing.sheets import Column, LedgerSheet
from ledgers.importing.titles import is_no_data, repeats_others
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import Ledger

Progress = Callable[[int, int, str], None]

NO_DATA: Final = "按工作表的名称，里面是说明或示例，不是台账数据"
REPEATS: Final = "按工作表的名称，里面是其他工作表的汇总；要导入它，请把它单独存成一个文件"

MERGED_NUMBER: Final = "数字单元格合并了几行，看不出每行是多少，请取消合并后分别填写。"
#: Different cells of one column whose values are kept at hand.
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that cannot be taken. ``value`` is for the screen of whoever handed the file over, never for a log."""

    sheet: str
    row: int
    cell: str
    column: str
    problem: str
    value: str = ""

    def as_json(self) -> dict[str, str]:
        return {"sheet": self.sheet, "cell": self.cell, "column": self.column, "problem": self.problem}


@dataclass(slots=True)
class ReadRow:
    """One record row of the file. ``values`` holds what the file says; blank cells are absent."""

    sheet: Understanding
    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class Read:
    """The file as far as it can be understood without looking at the records."""

    ledger: Ledger
    reach: OrgUnit
    lookups: Lookups
    sheets: list[Understanding]
    left_out: list[tuple[Understanding, str]]
    rows: list[ReadRow]
    errors: list[WrongCell]
    #: What a name list came to, by village or group; None for an ordinary table.
    counted: dict[str, dict[str, int]] | None = None
    #: The period of rows for which neither the file nor its user says one.
    fallback: Period | None = None

    @property
    def sheet(self) -> type[LedgerSheet]:
        assert self.ledger.sheet is not None  # noqa: S101  # read_rows has refused a ledger without a sheet
        return self.ledger.sheet


def read_rows(
    workbook: Workbook,
    ledger: Ledger,
    *,
    reach: OrgUnit,
    period: Period | None = None,
    fallback: Period | None = None,
    only_sheet: str = "",
    choices: Choices | None = None,
    progress: Progress | None = None,
) -> Read:
    """Read every sheet that can be understood. ``reach`` is the unit whose subtree the rows may belong to.

    ``period`` is that of the whole file as its user says; ``fallback`` that of a file for which nobody says one.
    A name list handed in for a count ledger is counted here and forgotten.

    Raises: SheetRejected when the ledger takes no workbooks or a needed period is missing.
    """
    sheet, choices = ledger.sheet, choices or Choices()
    if sheet is None:
        raise SheetRejected(f"“{ledger.label}”不能从表格导入，请在页面上填写。")
    lookups = Lookups(reach)
    result = Read(ledger, reach, lookups, [], [], [], [], fallback=fallback)
    lists: list[Understanding] = []
    year = period.year if period else None
    for position, grid in enumerate(workbook.sheets):
        grid.position = position
        if only_sheet and grid.name != only_sheet and workbook.kind != "csv":
            continue
        if is_own_sheet(grid):
            continue
        if ledger.counts_only:
            found, is_list = look(grid, sheet, choices)
        else:
            header = choices.header_of(position)
            found, is_list = understand(grid, sheet, choices.mappings, header_rows=header, year=year), False
        why = _why_left_out(found, only_sheet, choices)
        if not why and ledger.counts_only and not is_list and lists_persons(found):
            why = NAMES
        if why:
            result.left_out.append((found, why))
        else:
            (lists if is_list else result.sheets).append(found)
    _leave_out_repetitions(result, lists, choices)
    total, done = sum(len(found.rows) for found in result.sheets), 0
    for found in result.sheets:
        reader = _SheetReader(found, result, period, workbook)
        for row in found.rows:
            reader.read(row)
            done += 1
            if progress is not None and done % 500 == 0:
                progress(done, total, "正在核对每一个单元格")
    if lists:
        _count_names(lists, result, period, workbook)
    sheet.prepare(result)
    return result


def _why_left_out(found: Understanding, only_sheet: str, choices: Choices) -> str:
    """Why a sheet of the file is not read, "" when it is."""
    chosen = choices.takes(found.grid.position)
    if chosen is False:
        return "您选择了不导入"
    if found.grid.hidden and not only_sheet and not chosen:
        return "工作表是隐藏的"
    if not found.is_understood:
        missing = "、".join(found.missing)
        return f"没有找到这些列：{missing}" if missing else "没有找到表头"
    return "" if found.rows else "表头下面没有数据"


def _leave_out_repetitions(result: Read, lists: list[Understanding], choices: Choices) -> None:
    """Leave out the sheets whose names say that they hold no records of their own, if others do."""
    for names, why in ((is_no_data, NO_DATA), (repeats_others, REPEATS)):
        every = [*result.sheets, *lists]
        aside = [found for found in every if names(found.name) and not choices.takes(found.grid.position)]
        rest = [found for found in every if found not in aside]
        # A summary longer than everything it could sum up is no summary.
        longer = names is repeats_others and sum(map(_length, aside)) > sum(map(_length, rest))
        if not rest or longer:
            continue
        for sheets in (result.sheets, lists):
            sheets[:] = [found for found in sheets if found not in aside]
        result.left_out += [(found, why) for found in aside]


def _length(found: Understanding) -> int:
    return len(found.rows)


def _count_names(lists: list[Understanding], result: Read, period: Period | None, workbook: Workbook) -> None:
    """Count name lists in memory, all of the file together: a village may be on several sheets.

    Afterwards the grids are blank: no later step can quote a cell of them.
    """
    sheet = result.sheet
    assert sheet.name_list is not None  # noqa: S101  # they were read with these columns
    if sum(len(found.rows) for found in lists) > COUNTED_AT_MOST:
        raise SheetRejected(f"名册超过{COUNTED_AT_MOST // 10_000}万行，请按村分成几个文件后分别清点。")
    rows: list[ReadRow] = []
    for found in lists:
        reader = _SheetReader(found, result, period, workbook, sheet.name_list)
        for row in found.rows:
            reader.read(row)
        rows += reader.rows
        last = found.header_rows[-1]
        found.grid.rows[:] = [
            row if number <= last else [""] * len(row) for number, row in enumerate(found.grid.rows)
        ]
    names = {found.name for found in lists}
    result.errors[:] = [
        replace(error, value="") if error.sheet in names else error for error in result.errors
    ]
    result.sheets += lists
    sheet.count(result, rows)  # every sheet with a name list has one


class _SheetReader:
    """Turns the record rows of one sheet into values."""

    def __init__(
        self,
        found: Understanding,
        result: Read,
        period: Period | None,
        workbook: Workbook,
        sheet: type[LedgerSheet] | None = None,
    ) -> None:
        self.found = found
        self.result = result
        self.sheet = sheet or result.sheet
        self.rows: list[ReadRow] = [] if sheet is not None else result.rows
        self.labels = found.labels()
        columns = self.sheet.columns()
        #: Position, column, circumstances, and the cells read before with their values.
        self.columns: list[tuple[int, Column, Reading, dict[Any, Any]]] = []
        for name, match in found.by_field.items():
            column = columns[name]
            written = match.label.unit
            if not written and getattr(column.widget, "unit", "").endswith("元"):
                written = found.stated.money_unit
            index = match.label.index
            reading = Reading(
                written,
                workbook.date1904,
                result.lookups,
                found.stated.year,
                # In text, 2023.1 may be what became of 2023.10, unless the column shows otherwise.
                maybe_october=workbook.kind == "csv"
                and isinstance(column.widget, DateCell)
                and not keeps_zeros(found.cells(index)),
            )
            self.columns.append((index, column, reading, {}))
        key = self.sheet.natural_key()
        self.required = [
            (name, column.label) for name, column in columns.items() if column.required or name in key
        ]
        self.places = {name: match.label.index for name, match in found.by_field.items()}
        self.unit = self.sheet.unit_column()
        self.default_unit = sheet_unit(found, result.lookups)
        self.period = sheet_values(found, self.sheet, period, result.fallback, self.places)

    def read(self, row: int) -> None:
        """Add the row to the result, or everything that is wrong with it to the errors."""
        values: dict[str, Any] = dict(self.period)
        refused = self._read_cells(row, values)
        if self.unit is not None and self.unit.name not in values and self.unit.name not in refused:
            unit = self._unit_of(row)
            if isinstance(unit, str):
                refused.add(self.unit.name)
                self.wrong(row, self.places.get(self.unit.name, 0), unit, "")
            else:
                values[self.unit.name] = unit
        for name, label in self.required:
            if name not in values and name not in refused:
                refused.add(name)
                self.wrong(row, self.places.get(name, 0), f"缺少{label}，请补填。", "")
        if not refused:
            self.rows.append(ReadRow(self.found, row, values))

    def _unit_of(self, row: int) -> OrgUnit | str:
        """The unit of a row whose own cell names none: the heading's above it, or the sheet's."""
        heading = self.found.heading_units.get(row)
        return (self.result.lookups.named_in(heading) if heading else None) or self.default_unit

    def _read_cells(self, row: int, values: dict[str, Any]) -> set[str]:
        """Fill ``values`` from the row's cells; returns the fields whose cells were refused."""
        cells = self.found.grid.rows[row]
        width = len(cells)
        refused = set()
        merged = self.found.merged_numbers
        for index, column, reading, known in self.columns:
            if index >= width:
                continue
            cell = cells[index]
            if cell == "" or cell is None:
                continue
            # Villages, trades and round figures come again and again; 1, 1.0 and True are different cells.
            key = cell if type(cell) is str else (type(cell), cell)
            value = known.get(key, known)
            if value is known or (merged and (row, index) in merged):
                try:
                    if (row, index) in merged:
                        raise CellProblem(MERGED_NUMBER)
                    value = column.widget.read(cell, reading)
                except CellProblem as problem:
                    refused.add(column.name)
                    self.wrong(row, index, str(problem), cell)
                    continue
                if len(known) < REMEMBERED:
                    known[key] = value
            if value is not None:
                values[column.name] = value
        return refused

    def wrong(self, row: int, index: int, problem: str, value: Any) -> None:
        self.result.errors.append(
            WrongCell(
                self.found.name,
                row,
                address(row, index),
                self.labels.get(index, ""),
                problem,
                str(value)[:60],
            )
        )
