"""Telling a table of numbers from a name list, for the ledgers that hold counts only (README, Boundaries 3)."""

from __future__ import annotations

import re
from typing import Final

from ledgers.importing.cells import WholeCell
from ledgers.importing.choices import Choices
from ledgers.importing.grid import Grid
from ledgers.importing.layout import Understanding, understand
from ledgers.importing.normalise import fold
from ledgers.importing.sheets import LedgerSheet

#: Rows of one list; 50,000 take about two seconds, and the user is waiting.
COUNTED_AT_MOST: Final = 100_000
NAMES: Final = "这是人员名册，但缺少清点所需的列"
#: Headers that only a list of persons has.
_OF_PERSONS: Final = re.compile(
    r"(?:人员)?姓名|名字|(?:居民|公民)?身份证?(?:号|号码)|身份证|公民身份号码|证件号码?|与户主关系"
)


def look(grid: Grid, sheet: type[LedgerSheet], choices: Choices) -> tuple[Understanding, bool]:
    """How a sheet for a count ledger is read, and whether as a name list."""
    header = choices.header_of(grid.position)
    found = understand(grid, sheet, choices.mappings, header_rows=header)
    if _takes_numbers(found, sheet) and not lists_persons(found):
        return found, False
    if sheet.name_list is None:
        return found, False
    listed = understand(grid, sheet.name_list, choices.mappings, header_rows=header)
    if listed.is_understood and listed.rows:
        return listed, True
    # The reading that got further is the one to be corrected.
    further = lists_persons(listed) or len(listed.by_field) > len(found.by_field)
    return (listed if further else found), False


def _takes_numbers(found: Understanding, sheet: type[LedgerSheet]) -> bool:
    columns = sheet.columns()
    return found.is_understood and any(isinstance(columns[name].widget, WholeCell) for name in found.by_field)


def lists_persons(found: Understanding) -> bool:
    """Whether a row is somebody: such a sheet is counted, or not read at all, but its rows never become records."""
    return any(
        _OF_PERSONS.fullmatch(fold(match.label.text)) for match in found.matches if match.how != "chosen"
    )
