"""Turning the record rows of a file into values, with everything that is wrong in them, all at once.

A blank cell is absent from a row's values: it leaves a record as it is and never empties a field. Offices hand over
workbooks with columns they have not filled in; clearing a value is done on the record's own page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledgers.importing.choices import Choices
from ledgers.importing.cleaning import SheetReader
from ledgers.importing.content import Progress, Read, ReadRow
from ledgers.importing.counting import COUNTED_AT_MOST, NAMES, lists_persons, look
from ledgers.importing.grid import Workbook
from ledgers.importing.layout import Understanding, understand
from ledgers.importing.lookups import Lookups
from ledgers.importing.own_sheets import is_own_sheet
from ledgers.importing.problems import SheetRejected
from ledgers.importing.titles import is_no_data, repeats_others
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import Ledger

NO_DATA: Final = "按工作表的名称，里面是说明或示例，不是台账数据"
REPEATS: Final = "按工作表的名称，里面是其他工作表的汇总；要导入它，请把它单独存成一个文件"


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
        for rows, block in SheetReader(found, result, period, workbook, sheet).blocks():
            result.blocks.append(block)
            done += rows
            if progress is not None:
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
        for _, block in SheetReader(found, result, period, workbook, sheet.name_list).blocks():
            rows += block.rows()
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
