"""A table of the document model as ``w:tbl``. Written as one string: python-docx takes a second for a long table."""

from __future__ import annotations

from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reporting.documents import model
from reporting.documents.characters import width
from reporting.documents.word.page import TEXT_WIDTH

#: Twips of one character of 10.5 pt, and of the room beside the text of a cell.
_CHARACTER: Final = 210
_BESIDE: Final = 220
#: Characters a column of text is given at most before its lines are broken, and at least.
_WIDEST: Final = 24.0
_NARROWEST: Final = 3.0


def table_xml(table: model.Table) -> Any:
    """The table across the text block: header on every page, rows unbroken, numbers at the right."""
    widths = column_widths(table)
    head = "".join(
        _cell(column.label, "center", size) for column, size in zip(table.columns, widths, strict=True)
    )
    rows = "".join(_row(table, row, widths) for row in table.rows)
    grid = "".join(f'<w:gridCol w:w="{size}"/>' for size in widths)
    title = quoteattr(table.title)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/>'
        f"<w:tblCaption w:val={title}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
    )


def column_widths(table: model.Table) -> list[int]:
    """Twips for each column: numbers get what they take, text shares the rest by its length."""
    wanted = []
    for index, column in enumerate(table.columns):
        longest = max([width(column.label), *(width(model.plain(row[index])) for row in table.rows)])
        wanted.append(max(_NARROWEST, min(longest, _WIDEST)) * _CHARACTER + _BESIDE)
    spare = TEXT_WIDTH - sum(wanted)
    text = [number for number, column in enumerate(table.columns) if column.align == "left"]
    # Room is given to the columns of text, and taken from them as long as they have any.
    shared = [number for number in text or range(len(wanted)) if spare > 0 or wanted[number] > 2 * _BESIDE]
    total = sum(wanted[number] for number in shared)
    if shared and -spare < total / 2:
        for number in shared:
            wanted[number] += spare * wanted[number] / total
    else:
        wanted = [size * TEXT_WIDTH / sum(wanted) for size in wanted]
    sizes = [round(size) for size in wanted]
    sizes[-1] += TEXT_WIDTH - sum(sizes)
    return sizes


def _row(table: model.Table, row: tuple[model.Runs, ...], widths: list[int]) -> str:
    cells = "".join(
        _cell(model.plain(runs), column.align, size)
        for column, runs, size in zip(table.columns, row, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(content: str, align: model.Align, size: int) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{size}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="TableText"/><w:jc w:val="{align}"/></w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(content)}</w:t></w:r></w:p></w:tc>'
    )
