"""One table in every format offices use. Nothing that is installed writes .xls or .ods: they are written here."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import CALENDAR_MAC_1904

#: A formula error in a cell, for every writer.
DIVISION = "#DIV/0!"
SECTOR = 512
END, FAT_SECTOR, FREE = 0xFFFF_FFFE, 0xFFFF_FFFD, 0xFFFF_FFFF
DATE_STYLE = 1


@dataclass
class Table:
    """One sheet: rows of values, merged areas as A1:B2, hidden rows counted from 1."""

    name: str
    rows: Iterable[Sequence[Any]]
    merge: Sequence[str] = ()
    hidden: Sequence[int] = field(default_factory=tuple)


def _area(name: str) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of A1:B2, counted from 0."""
    (top, left), (bottom, right) = map(coordinate_to_tuple, name.split(":"))
    return top - 1, left - 1, bottom - 1, right - 1


def xlsx(*tables: Table, epoch1904: bool = False) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    if epoch1904:
        workbook.epoch = CALENDAR_MAC_1904
    for table in tables:
        sheet = workbook.create_sheet(table.name)
        for row in table.rows:
            sheet.append(list(row))
        for area in table.merge:
            sheet.merge_cells(area)
        for number in table.hidden:
            sheet.row_dimensions[number].hidden = True
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")


def _xls_cell(row: int, column: int, value: Any, *, epoch1904: bool) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if value == DIVISION:
        return _record(0x0205, place + b"\x07\x01")
    if isinstance(value, bool):
        return _record(0x0205, place + bytes([value, 0]))
    if isinstance(value, dt.date):
        zero = dt.date(1904, 1, 1) if epoch1904 else dt.date(1899, 12, 30)
        dated = struct.pack("<HHH", row, column, DATE_STYLE)
        return _record(0x0203, dated + struct.pack("<d", (value - zero).days))
    if isinstance(value, int | float):
        return _record(0x0203, place + struct.pack("<d", value))
    return _record(0x0204, place + _text(str(value)))


def _xls_sheet(table: Table, *, epoch1904: bool) -> bytes:
    parts = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)),
        *(_record(0x0208, struct.pack("<HHHHHHI", at - 1, 0, 1, 255, 0, 0, 0x120)) for at in table.hidden),
    ]
    for row, values in enumerate(table.rows):
        parts += [
            _xls_cell(row, column, value, epoch1904=epoch1904)
            for column, value in enumerate(values)
            if value is not None and value != ""
        ]
    if table.merge:
        areas = [struct.pack("<HHHH", t, b, left, r) for t, left, b, r in map(_area, table.merge)]
        parts.append(_record(0x00E5, struct.pack("<H", len(areas)) + b"".join(areas)))
    return b"".join([*parts, _record(0x000A)])


def xls(*tables: Table, epoch1904: bool = False) -> bytes:
    """A BIFF8 workbook, as Excel 97-2003 and WPS (.et) write it."""
    sheets = [_xls_sheet(table, epoch1904=epoch1904) for table in tables]
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    start += _record(0x0042, struct.pack("<H", 1200)) + _record(0x0022, struct.pack("<H", epoch1904))
    start += b"".join(_record(0x00E0, struct.pack("<HH", 0, form) + bytes(16)) for form in (0, 14))
    names = [_text(table.name)[2:] for table in tables]
    position = len(start) + sum(4 + 7 + len(name) for name in names) + 4
    for table, name, sheet in zip(tables, names, sheets, strict=True):
        length = bytes([len(table.name.encode("utf-16-le")) // 2])
        start += _record(0x0085, struct.pack("<IBB", position, 0, 0) + length + name)
        position += len(sheet)
    return _ole(start + _record(0x000A) + b"".join(sheets))


def _ole(stream: bytes) -> bytes:
    """A compound file with the one stream ``Workbook`` [MS-CFB]."""
    stream += bytes(max(4096, len(stream) + -len(stream) % SECTOR) - len(stream))
    sectors = len(stream) // SECTOR
    tables = 1
    while tables * 128 < sectors + 1 + tables:
        tables += 1
    chain = [FAT_SECTOR] * tables + [END] + [tables + 2 + number for number in range(sectors - 1)] + [END]
    chain += [FREE] * (tables * 128 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIII", 62, 3, 0xFFFE, 9, 6, 0, tables, tables, 0, 4096, END, 0, END, 0
    )
    header += struct.pack("<109I", *range(tables), *[FREE] * (109 - tables))
    return header + struct.pack(f"<{len(chain)}I", *chain) + _folder(tables + 1, len(stream)) + stream


def _folder(first: int, size: int) -> bytes:
    def entry(name: str, kind: int, child: int, start: int, length: int) -> bytes:
        encoded = (name + "\0").encode("utf-16-le") if name else b""
        found = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
        return (found + bytes(36) + struct.pack("<II4x", start, length)).ljust(128, b"\0")

    return (
        entry("Root Entry", 5, 1, END, 0)
        + entry("Workbook", 2, FREE, first, size)
        + 2 * entry("", 0, FREE, 0, 0)
    )


def _ods_cell(value: Any, covered: bool, span: tuple[int, int]) -> str:
    tag = "covered-table-cell" if covered else "table-cell"
    across, down = span
    spans = (
        f' table:number-columns-spanned="{across}" table:number-rows-spanned="{down}"'
        if span != (1, 1)
        else ""
    )
    if value is None or value == "":
        return f"<table:{tag}{spans}/>"
    if value == DIVISION:
        kind, shown = 'office:value-type="string" office:string-value="" calcext:value-type="error"', value
    elif isinstance(value, bool):
        kind, shown = f'office:value-type="boolean" office:boolean-value="{str(value).lower()}"', str(value)
    elif isinstance(value, dt.date):
        kind, shown = f'office:value-type="date" office:date-value="{value}"', str(value)
    elif isinstance(value, int | float):
        kind, shown = f'office:value-type="float" office:value="{value}"', str(value)
    else:
        kind, shown = 'office:value-type="string"', str(value)
    return f"<table:{tag}{spans} {kind}><text:p>{escape(shown)}</text:p></table:{tag}>"


def ods(*tables: Table) -> bytes:
    """An OpenDocument spreadsheet, as LibreOffice writes it: a formula error is an empty text that shows #DIV/0!."""
    body = []
    for table in tables:
        spans = {(t, left): (r - left + 1, b - t + 1) for t, left, b, r in map(_area, table.merge)}
        covered = {
            (row, column)
            for (top, left), (across, down) in spans.items()
            for row in range(top, top + down)
            for column in range(left, left + across)
        } - set(spans)
        lines = []
        for number, values in enumerate(table.rows):
            cells = [
                _ods_cell(value, (number, column) in covered, spans.get((number, column), (1, 1)))
                for column, value in enumerate(values)
            ]
            state = ' table:visibility="filter"' if number + 1 in table.hidden else ""
            lines.append(
                f"<table:table-row{state}>{''.join(cells) or '<table:table-cell/>'}</table:table-row>"
            )
        body.append(f"<table:table table:name={quoteattr(table.name)}>{''.join(lines)}</table:table>")
    return ods_of("".join(body))


def ods_of(tables: str) -> bytes:
    """The archive around the XML of the tables."""
    names = {
        "office": "office:1.0",
        "table": "table:1.0",
        "text": "text:1.0",
    }
    spaces = " ".join(
        f'xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for key, name in names.items()
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def csv(rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Text as Excel saves it: whole numbers without a point, cells with a delimiter or line break in quotes."""

    def shown(value: Any) -> str:
        text = f"{value:.15g}" if isinstance(value, float) else "" if value is None else str(value)
        needs_quotes = any(char in text for char in (delimiter, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    return "".join(delimiter.join(map(shown, row)) + "\r\n" for row in rows).encode(encoding)


#: What a file is called says nothing about what is in it.
WRITERS: dict[str, Callable[..., bytes]] = {
    "台账.xlsx": xlsx,
    "台账.et": xlsx,
    "台账.xls": xls,
    "旧台账.et": xls,
    "旧台账.xlsx": xls,
    "台账.ods": ods,
}
