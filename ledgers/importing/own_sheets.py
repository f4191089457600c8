"""Sheets that the product adds to workbooks it hands out. They come back with the workbook and are passed over."""

from __future__ import annotations

from typing import Final

from ledgers.importing.grid import Grid

#: Ends the first cell of such a sheet, which a person reads and an import knows it by.
MARK: Final = "（系统生成，导入时不读取）"
PROBLEMS: Final = f"问题汇总{MARK}"
NOTES: Final = f"填写说明{MARK}"
LISTS: Final = f"选项{MARK}"


def is_own_sheet(grid: Grid) -> bool:
    first = grid.rows[0][:1] if grid.rows else []
    return bool(first) and isinstance(first[0], str) and first[0].endswith(MARK)
