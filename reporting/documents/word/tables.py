"""A table of the document model as ``w:tbl``. Written as one string: python-docx takes a second for a long table."""

from __future__ import annotations

from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reporting.documents import model
from reporting.documents.columns import column_widths, heading_parts, is_short
from reporting.documents.word.page import TEXT_WIDTH

#: Of a table that goes over to the next page, as many rows do at least (official.css has the same).
KEPT_ROWS: Final = 3


def table_xml(table: model.Table) -> Any:
    """The table across the text block: header on every page, rows unbroken, numbers at the right."""
    widths = column_widths(table, TEXT_WIDTH)
    head = "".join(
        _cell("\n".join(heading_parts(column.label)), "center", size, keep=bool(table.rows))
        for column, size in zip(table.columns, widths, strict=True)
    )
    last = len(table.rows) - 1
    rows = "".join(
        _row(table, row, widths, keep=number < last and (is_short(table) or number > last - KEPT_ROWS))
        for number, row in enumerate(table.rows)
    )
    grid = "".join(f'<w:gridCol w:w="{size}"/>' for size in widths)
    title = quoteattr(table.title)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1"/>'
        f"<w:tblCaption w:val={title}/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{rows}</w:tbl>"
    )


def _row(table: model.Table, row: tuple[model.Runs, ...], widths: list[int], *, keep: bool) -> str:
    cells = "".join(
        _cell(model.plain(runs), column.align, size, keep=keep)
        for column, runs, size in zip(table.columns, row, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _cell(content: str, align: model.Align, size: int, *, keep: bool) -> str:
    """``keep``: on the page of the row below."""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{size}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="TableText"/>{"<w:keepNext/>" * keep}<w:jc w:val="{align}"/></w:pPr>'
        f"<w:r>{_lines(content)}</w:r></w:p></w:tc>"
    )


def _lines(content: str) -> str:
    return "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in content.split("\n"))
