"""A blank workbook of a ledger: its columns with their units, drop-downs and checks, and a sheet that explains them.

Nobody needs it: an import takes workbooks as they are. It is for the office that starts a ledger from nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

import xlsxwriter
from django.utils import timezone

from ledgers.importing.cells import (
    Cell,
    ChoiceCell,
    CreditCodeCell,
    DateCell,
    DecimalCell,
    PeriodCell,
    Reading,
    RecordCell,
    TextCell,
    UnitCell,
    WholeCell,
    YesNoCell,
)
from ledgers.importing.own_sheets import LISTS, NOTES
from ledgers.importing.problems import CellProblem
from ledgers.importing.sheets import Column
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import Ledger

#: Rows that have drop-downs and checks.
ROWS: Final = 5000
#: Reporting periods offered, newest first.
PERIODS: Final = 12
#: Choices that the notes spell out.
SPELT_OUT: Final = 40
_FIRST_DAY, _LAST_DAY = dt.date(1900, 3, 1), dt.date(2100, 12, 31)


def heading(column: Column) -> str:
    """The label with the unit its figures are in: 注册资本（万元）."""
    unit = getattr(column.widget, "unit", "")
    return f"{column.label}（{unit}）" if unit and unit not in column.label else column.label


def options(column: Column, units: Sequence[OrgUnit]) -> list[str]:
    """What the drop-down of a column offers; empty where it has none."""
    widget = column.widget
    if isinstance(widget, UnitCell):
        names = Counter(unit.name for unit in units)
        # Of two villages of one name only the code tells which is meant.
        return [unit.name if names[unit.name] == 1 else unit.code for unit in units]
    if isinstance(widget, YesNoCell):
        return ["是", "否"]
    if isinstance(widget, ChoiceCell):
        return widget.labels
    if isinstance(widget, PeriodCell):
        return [period.label for period in _periods(widget)]
    return []


def _periods(widget: PeriodCell) -> list[Period]:
    """The last periods of the kind the column takes."""
    today = timezone.localdate()
    for kind in ("quarter", "half", "year"):
        period = Period.containing(today, kind)
        try:
            widget.read(str(period), Reading())
        except CellProblem:
            continue
        found = [period]
        while len(found) < PERIODS:
            found.append(found[-1].previous)
        return found
    return []


def write_blank(ledger: Ledger, units: Iterable[OrgUnit], target: IO[bytes]) -> None:
    """Write the workbook; ``units`` are those that whoever fills it in may choose. ValueError without a sheet."""
    if ledger.sheet is None:
        raise ValueError(f"{ledger.slug} has no sheet to fill in.")
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    _Blank(ledger, book, list(units)).write()
    book.close()


class _Blank:
    def __init__(self, ledger: Ledger, book: Any, units: list[OrgUnit]) -> None:
        assert ledger.sheet is not None  # noqa: S101  # write_blank has refused a ledger without a sheet
        self.ledger = ledger
        self.book = book
        self.columns = list(ledger.sheet.columns().values())
        self.key = ledger.sheet.natural_key()
        self.options = {column.name: options(column, units) for column in self.columns}
        self.text = book.add_format({"num_format": "@"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def write(self) -> None:
        sheet = self.book.add_worksheet(self.ledger.label[:31])
        notes = self.book.add_worksheet("填写说明")
        ranges = self._write_lists()
        look = {"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter", "align": "center"}
        plain = self.book.add_format({**look, "bg_color": "#F3ECE6"})
        required = self.book.add_format({**look, "bg_color": "#F3ECE6", "font_color": "#9C1B1B"})
        sheet.set_row(0, 32)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(self.columns):
            text = heading(column)
            sheet.write_string(0, index, text, required if self._is_required(column) else plain)
            sheet.set_column(index, index, max(12, min(36, len(text) * 2 + 4)), self._format(column.widget))
            rule = self._rule(column, ranges.get(column.name, ""))
            if rule is not None:
                sheet.data_validation(1, index, ROWS, index, rule)
        self._write_notes(notes)

    def _is_required(self, column: Column) -> bool:
        """A unit or period that the row does not name is taken from the upload page."""
        return (column.required or column.name in self.key) and not isinstance(
            column.widget, UnitCell | PeriodCell
        )

    def _write_lists(self) -> dict[str, str]:
        """{column: range of its choices}, on a sheet that nobody has to see."""
        sheet = self.book.add_worksheet("选项")
        sheet.write_string(0, 0, LISTS)
        sheet.hide()
        ranges = {}
        listed = [(name, choices) for name, choices in self.options.items() if choices]
        for index, (name, choices) in enumerate(listed, start=1):
            for row, choice in enumerate(choices, start=1):
                sheet.write_string(row, index, choice)
            letters = xlsxwriter.utility.xl_col_to_name(index, col_abs=True)
            ranges[name] = f"='选项'!{letters}$2:{letters}${len(choices) + 1}"
        return ranges

    def _format(self, widget: Cell) -> Any:
        if isinstance(widget, DateCell):
            return self.day
        # As text a long number keeps its last digits, and 001 its zeros.
        return None if isinstance(widget, WholeCell | DecimalCell) else self.text

    def _rule(self, column: Column, choices: str) -> dict[str, Any] | None:
        widget = column.widget
        said = {"error_title": "请核对", "error_message": f"{column.label}：{self._how(column)}"[:255]}
        if choices:
            # A period or village may also be written in other ways, which the import knows.
            strict = not isinstance(widget, UnitCell | PeriodCell)
            return {
                "validate": "list",
                "source": choices,
                "error_type": "stop" if strict else "warning",
                **said,
            }
        if isinstance(widget, WholeCell | DecimalCell):
            kind = "integer" if isinstance(widget, WholeCell) else "decimal"
            least = -(10**12) if widget.minimum is None else widget.minimum
            return {"validate": kind, "criteria": ">=", "value": least, **said}
        if isinstance(widget, DateCell):
            between = {"criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
            return {"validate": "date", **between, "error_type": "warning", **said}
        if isinstance(widget, CreditCodeCell):
            return {"validate": "length", "criteria": "==", "value": 18, "error_type": "warning", **said}
        if isinstance(widget, TextCell) and widget.max_length:
            return {"validate": "length", "criteria": "<=", "value": widget.max_length, **said}
        return None

    def _how(self, column: Column) -> str:
        """How to fill the column in, in a sentence."""
        widget = column.widget
        if isinstance(widget, UnitCell):
            return "从下拉列表中选；空着的行登记到上传时所选的单位。"
        if isinstance(widget, YesNoCell):
            return "填“是”或“否”。"
        if isinstance(widget, PeriodCell):
            return "从下拉列表中选；空着的行按上传时所选的期间。"
        if isinstance(widget, ChoiceCell):
            return "从下拉列表中选一项。"
        if isinstance(widget, WholeCell | DecimalCell):
            kind = "整数" if isinstance(widget, WholeCell) else "数字"
            unit = f"，单位：{widget.unit}" if widget.unit else ""
            return f"填{kind}{unit}；不知道的空着，不要填0。"
        if isinstance(widget, DateCell):
            return "填日期，如 2025-03-01 或 2025年3月。"
        if isinstance(widget, CreditCodeCell):
            return "填18位代码，这一列已设为文本，不会丢失位数。"
        if isinstance(widget, RecordCell):
            return "填台账中已经登记的名称。"
        if isinstance(widget, TextCell) and widget.max_length:
            return f"填文字，最多{widget.max_length}个字。"
        return "填文字。"

    def _write_notes(self, sheet: Any) -> None:
        bold = self.book.add_format({"bold": True, "bg_color": "#F3ECE6", "border": 1})
        wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        title = self.book.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, NOTES, title)
        lines = [
            f"在“{self.ledger.label}”表里一行填一条，红字的列必填；填好后原样交上来，核对无误再确认。",
            "不用这张表也可以：现有的表格可以原样导入。",
        ]
        if self.ledger.sheet is not None and self.ledger.sheet.name_list is not None:
            lines.append("这是计数台账：只填人数、户数，任何一格都不要填写姓名、证件号码和电话。")
        over_the_edge = self.book.add_format()
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, over_the_edge)
        top = len(lines) + 2
        for index, (text, width) in enumerate((("列", 26), ("必填", 8), ("怎么填", 60), ("可选的内容", 70))):
            sheet.write_string(top, index, text, bold)
            sheet.set_column(index, index, width, wrapped)
        for row, column in enumerate(self.columns, start=top + 1):
            choices = self.options[column.name]
            shown = "、".join(choices[:SPELT_OUT]) + (
                f"等{len(choices)}项" if len(choices) > SPELT_OUT else ""
            )
            help_text = column.help or str(getattr(column.widget.field, "help_text", ""))
            sheet.write_string(row, 0, heading(column))
            sheet.write_string(row, 1, "必填" if self._is_required(column) else "")
            said = "" if help_text.startswith("单位：") else help_text
            sheet.write_string(row, 2, f"{self._how(column)}{said}")
            sheet.write_string(row, 3, shown)
        sheet.freeze_panes(top + 1, 0)
        for each in (sheet, self.book.worksheets()[0]):
            each.set_landscape()
            each.fit_to_pages(1, 0)
