"""The Excel annex of a report: every figure with what it is compared with, and the records it is made of."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledgers.exporting import lay_out_for_print, new_workbook, write_cell
from ledgers.indicators import Change, Number
from reporting.documents.characters import printable, width
from reporting.documents.figures import TracedFigure, TracedFigures
from reporting.documents.model import Document

#: Excel holds no more in one cell; a label is never that long.
_LONGEST: Final = 500
_FIGURES_SHEET: Final = "数字"
#: Rows above the header of each sheet: the title, and a line that says what is below.
_HEADER_ROW: Final = 2
#: Points; two lines, as rows that are written one by one do not grow by themselves.
_HEADER_HEIGHT: Final = 33
_FIGURE_COLUMNS: Final = (
    ("指标", 22),
    ("指标代码", 26),
    ("单位", 14),
    ("期间", 14),
    ("计量单位", 9),
    ("数值", 12),
    ("上期", 12),
    ("上年同期", 12),
    ("比上期增减", 12),
    ("比上年同期增减", 15),
    ("同比（%）", 10),
    ("目标", 10),
    ("记录数", 9),
    ("记录校验码（SHA-256）", 68),
)


@dataclass(frozen=True)
class RecordRow:
    """A record and what it adds to each figure of its sheet: a number, the thing it is counted by, or None."""

    label: str
    unit: str
    date: dt.date | None
    amounts: tuple[Number | str | None, ...]
    version: int


@dataclass(frozen=True)
class RecordSheet:
    """The records of one ledger that stand behind figures of the report, as many as ``note`` says."""

    title: str
    figures: tuple[TracedFigure, ...]
    rows: Iterable[RecordRow]
    note: str


def workbook(document: Document, figures: TracedFigures, records: Iterable[RecordSheet]) -> bytes:
    """The ``.xlsx``: a sheet of figures, and a sheet for each ledger with the records behind them.

    ``records`` may be lazy: rows are written as they come, and memory does not grow with their number.
    """
    target = io.BytesIO()
    book = new_workbook(target)
    book.set_properties(
        {
            "title": printable(document.name),
            "author": printable(document.office),
            "keywords": "，".join(document.keywords),
            "created": dt.datetime.combine(document.date, dt.time(), tzinfo=dt.UTC),
        }
    )
    styles = _Styles(book)
    _write_figures(book, styles, document, figures)
    taken = {_FIGURES_SHEET}
    for part in records:
        _write_records(book, styles, part, _sheet_name(part.title, taken))
    book.close()
    return target.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        cell = {"font_size": 10.5, "valign": "vcenter"}
        self.ruled = book.add_format({"border": 1})
        self.title = book.add_format({"font_size": 14, "bold": True})
        self.note = book.add_format({"font_size": 10.5, "font_color": "#555555"})
        self.head = book.add_format(
            cell | {"border": 1, "bold": True, "bg_color": "#F3ECE6", "text_wrap": True, "align": "center"}
        )
        self.text = book.add_format(cell | {"num_format": "@"})
        self.number = book.add_format(cell)
        self.date = book.add_format(cell | {"num_format": "yyyy-mm-dd", "align": "center"})

    def of(self, value: object) -> Any:
        if isinstance(value, dt.date):
            return self.date
        return self.text if isinstance(value, str) else self.number


def _write_figures(book: Any, styles: _Styles, document: Document, figures: TracedFigures) -> None:
    note = "后面各表列出本期数字对应的记录。记录校验码由各条记录的编号和版次算出，记录有改动，它就不同。"
    columns = [(label, float(size)) for label, size in _FIGURE_COLUMNS]
    sheet = _new_sheet(book, styles, _FIGURES_SHEET, document.name, note, columns, kept_columns=1)
    for number, figure in enumerate(figures.values(), start=_HEADER_ROW + 1):
        before = Change.between(figure.previous, figure.value)
        year_ago = Change.between(figure.same_period_last_year, figure.value)
        _write_row(
            sheet,
            styles,
            number,
            (
                figure.label,
                figure.code,
                figure.scope,
                figure.period_label,
                figure.unit,
                figure.value,
                figure.previous,
                figure.same_period_last_year,
                before.difference if before else None,
                year_ago.difference if year_ago else None,
                # No rate is given on a base of zero, and none of a share, whose difference is in points.
                year_ago.rate if year_ago and figure.unit != "%" else None,
                figure.target,
                figure.records,
                figure.hash,
            ),
        )
    _rule(sheet, styles, _HEADER_ROW + len(figures), len(columns) - 1)
    sheet.autofilter(_HEADER_ROW, 0, _HEADER_ROW + len(figures), len(columns) - 1)


def _write_records(book: Any, styles: _Styles, part: RecordSheet, name: str) -> None:
    fixed = [("记录", 36.0), ("单位", 16.0), ("日期", 12.0), ("版次", 7.0)]
    counted = [
        (f"{figure.label}（{figure.unit}）", max(10.0, width(figure.label) * 2)) for figure in part.figures
    ]
    columns = [*fixed, *counted]
    sheet = _new_sheet(book, styles, name, part.title, part.note, columns, kept_columns=1)
    last = _HEADER_ROW
    for last, row in enumerate(part.rows, start=_HEADER_ROW + 1):
        _write_row(sheet, styles, last, (row.label, row.unit, row.date, row.version, *row.amounts))
    _rule(sheet, styles, last, len(columns) - 1)
    sheet.autofilter(_HEADER_ROW, 0, max(last, _HEADER_ROW + 1), len(columns) - 1)


def _new_sheet(
    book: Any,
    styles: _Styles,
    name: str,
    title: str,
    note: str,
    columns: Sequence[tuple[str, float]],
    *,
    kept_columns: int,
) -> Any:
    """A sheet with its title, a note and the header row, which stays in view and on every printed page."""
    sheet = book.add_worksheet(name)
    lay_out_for_print(sheet, _HEADER_ROW)
    sheet.freeze_panes(_HEADER_ROW + 1, kept_columns)
    for index, (_, size) in enumerate(columns):
        sheet.set_column(index, index, size)
    sheet.write_string(0, 0, printable(title), styles.title)
    sheet.write_string(1, 0, printable(note), styles.note)
    sheet.set_row(_HEADER_ROW, _HEADER_HEIGHT)
    for index, (label, _) in enumerate(columns):
        sheet.write_string(_HEADER_ROW, index, printable(label), styles.head)
    return sheet


def _write_row(sheet: Any, styles: _Styles, number: int, values: Iterable[Any]) -> None:
    for index, value in enumerate(values):
        if value is not None:
            shown = printable(value)[:_LONGEST] if isinstance(value, str) else value
            write_cell(sheet, number, index, shown, styles.of(value))


def _rule(sheet: Any, styles: _Styles, last: int, columns: int) -> None:
    """Rules around every cell of the table: two thirds of them are empty, and are not written for a border each."""
    if last > _HEADER_ROW:
        everything = {"type": "formula", "criteria": "=TRUE", "format": styles.ruled}
        sheet.conditional_format(_HEADER_ROW + 1, 0, last, columns, everything)


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes: 31 characters, none of them reserved, no two sheets of one name."""
    base = "".join(each for each in printable(title) if each not in "[]:*?/\\'")[:28] or "记录"
    name, number = base, 1
    while name.lower() in {each.lower() for each in taken}:
        number += 1
        name = f"{base}{number}"
    taken.add(name)
    return name
