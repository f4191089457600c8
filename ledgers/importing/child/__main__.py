"""The reader process: parses one untrusted file under memory and time limits and prints its cells as JSON lines.

Run as a folder in an interpreter of its own (``reading.py`` starts it), never imported by the product: calamine aborts
the process it runs in on a cell named XFD1048576, and a damaged file may ask for any amount of memory. The folder is
all of its path, so that nothing here can reach the product, its settings or its database.

First line: ``{"sheets": [...], "date1904": bool}`` or ``{"rejected": sentence}``; then for each sheet lines that are
lists of rows, and ``null`` at its end. Dates are ``{"d": "2023-05-01"}``, formula errors ``{"e": "#DIV/0!"}``.
"""

import csv
import datetime as dt
import gc
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledgers.importing.child.limits import confine
    from ledgers.importing.child.scans import MAX_CELLS, MAX_COLUMN, RESAVE, Rejected, Scans, SheetScan
    from ledgers.importing.child.scans import scan as scan_file
else:
    from limits import confine
    from scans import MAX_CELLS, MAX_COLUMN, RESAVE, Rejected, Scans, SheetScan
    from scans import scan as scan_file

MAX_CELL_TEXT = 32_767  # Excel's own limit
ROWS_PER_LINE = 500
LARGE = 1 << 20
MAX_LINE = 32 << 20
MAX_CHARACTERS = 256 << 20
TOO_MUCH = "表格内容过多，请分成几个文件后再交上来。"


def encode(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"d": value.isoformat()}
    if isinstance(value, dt.date):
        return {"d": value.isoformat()}
    if isinstance(value, dt.time):
        return {"t": value.isoformat()}
    if isinstance(value, dt.timedelta):
        return {"s": value.total_seconds()}
    raise TypeError(type(value).__name__)


def send(message: Any) -> int:
    """Print one line; returns its length."""
    line = json.dumps(message, ensure_ascii=False, default=encode, separators=(",", ":"))
    # The product reads a line as a whole, with no limit of its own on memory.
    if len(line) > MAX_LINE:
        raise Rejected(TOO_MUCH)
    sys.stdout.write(line)
    sys.stdout.write("\n")
    return len(line)


class RowWriter:
    """Groups rows into lines: one JSON text for a million rows could not be read piece by piece."""

    def __init__(self) -> None:
        self.lines: list[list[Any]] = []
        self.cells = 0
        self.characters = 0

    def write(self, rows: Iterable[list[Any]], offset: int, errors: Iterable[tuple[int, int]]) -> None:
        """``offset`` rows are empty before the first; empty cells and rows at the ends are left out."""
        wrong: dict[int, list[int]] = {}
        for at, column in errors:
            wrong.setdefault(at, []).append(column)
        empty, first, left = offset, offset, iter(rows)
        while piece := list(itertools.islice(left, ROWS_PER_LINE)):
            for number, row in enumerate(piece, start=first) if wrong else ():
                for column in wrong.get(number, ()):
                    row.extend([""] * (column + 1 - len(row)))
                    row[column] = {"e": "#ERROR"}
            first += len(piece)
            filled = 0
            for number, row in enumerate(piece, start=1):
                while row and (row[-1] == "" or row[-1] is None):
                    row.pop()
                if row:
                    filled = number
            if filled:
                self._add(itertools.repeat([], empty))
                self._add(piece[:filled])
                empty = 0
            empty += len(piece) - filled
        self.flush()
        send(None)

    def _add(self, rows: Iterable[list[Any]]) -> None:
        left = iter(rows)
        while piece := list(itertools.islice(left, ROWS_PER_LINE - len(self.lines))):
            self.cells += sum(map(len, piece))
            if self.cells > MAX_CELLS:
                raise Rejected(TOO_MUCH)
            self.lines += piece
            if len(self.lines) >= ROWS_PER_LINE:
                self.flush()

    def flush(self) -> None:
        if self.lines:
            self.characters += send(self.lines)
            if self.characters > MAX_CHARACTERS:
                raise Rejected(TOO_MUCH)
            self.lines = []


def read_calamine(path: str, kind: str, only: str) -> None:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    scanned = scanning(path, kind)
    try:
        # Not from_path: it goes by the file's name, which may say .xlsx over an .xls.
        book = CalamineWorkbook.from_filelike(io.BytesIO(Path(path).read_bytes()))
    except (CalamineError, OSError):
        scanned()  # may know more
        raise Rejected(f"文件已损坏，或不是真正的 Excel 文件。{RESAVE}") from None
    metadata = [
        item
        for item in book.sheets_metadata
        if item.typ == SheetTypeEnum.WorkSheet and (not only or item.name == only)
    ]
    if not metadata:
        raise Rejected("没有找到指定的工作表，请核对工作表名称。" if only else "文件里没有工作表。")
    found = []
    for item in metadata:
        try:
            found.append(book.get_sheet_by_name(item.name))
        except CalamineError:
            scanned()
            raise Rejected(f"有工作表已损坏，无法读取。{RESAVE}") from None
    scans, date1904 = scanned()
    sheets = []
    places = {item.name: place for place, item in enumerate(book.sheets_metadata)}
    for item, sheet in zip(metadata, found, strict=True):
        # An old workbook's sheet names may be spelt in another way than calamine has them; their order is the same.
        scan = scans.get(item.name) or scans.get(places[item.name]) or SheetScan()
        sheets.append((sheet, scan))
    send(
        {
            "date1904": date1904,
            "sheets": [
                {
                    "name": item.name,
                    "hidden": item.visible != SheetVisibleEnum.Visible,
                    "merged": (sheet.merged_cell_ranges or scan.merged)[:100_000],
                    "hidden_rows": scan.hidden,
                }
                for item, (sheet, scan) in zip(metadata, sheets, strict=True)
            ],
        }
    )
    writer = RowWriter()
    for sheet, scan in sheets:
        writer.write(rows_of(sheet), 0, scan.errors)


def scanning(path: str, kind: str) -> Callable[[], tuple[Scans, bool]]:
    """A function that waits for the scan's end; it raises Rejected.

    A large file is scanned while calamine reads it. A small one that would have calamine ask for all the memory there
    is, is found out before.
    """
    if Path(path).stat().st_size < LARGE:
        found = scan_file(path, kind)
        return lambda: found
    return ThreadPoolExecutor(1).submit(scan_file, path, kind).result


def rows_of(sheet: Any) -> Iterator[list[Any]]:
    """Every row from A1 on, one at a time: a list of all takes as much memory as calamine has taken for the sheet."""
    if sheet.start is not None:
        left = [""] * sheet.start[1]
        yield from (left + row for row in sheet.iter_rows()) if left else sheet.iter_rows()


def decode(data: bytes) -> str:
    """Text in the encodings offices use: UTF-8, UTF-16, GB18030."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    elif b"\0" in data[:4096]:
        # ASCII commas and digits leave zeros in every other byte.
        encodings = ["utf-16-le" if data[1:4096:2].count(0) > data[0:4096:2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Rejected("这不是表格文件，或文字编码无法识别，请交 Excel、WPS 表格或 CSV 文件。")


def read_csv(path: str) -> None:
    text = decode(Path(path).read_bytes())
    control = sum(char < " " and char not in "\t\r\n" for char in text[:20_000])
    if control > 5:
        raise Rejected("这不是表格文件，请交 Excel、WPS 表格或 CSV 文件。")
    first = [line for line in text.splitlines()[:30] if line.strip()]
    delimiter = max(",\t;|", key=lambda mark: sum(line.count(mark) for line in first))
    csv.field_size_limit(MAX_CELL_TEXT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        problem = "有单元格的内容过长" if "field larger" in str(error) else "引号没有成对"
        raise Rejected(
            f"第{reader.line_num}行附近{problem}，请在 Excel 或 WPS 中核对后另存为 .xlsx 再交上来。"
        ) from None
    if max(map(len, rows), default=0) > MAX_COLUMN:
        raise Rejected("表格的列数异常，请核对后再交上来。")
    send({"date1904": False, "sheets": [{"name": "CSV", "hidden": False, "merged": [], "hidden_rows": []}]})
    RowWriter().write(rows, 0, ())


def read(path: str, kind: str, only: str) -> None:
    """Print the file's cells, or the sentence why it cannot be read."""
    try:
        if kind == "csv":
            read_csv(path)
        else:
            read_calamine(path, kind, only)
    except Rejected as refusal:
        send({"rejected": str(refusal)})
    except MemoryError:
        send({"rejected": TOO_MUCH})
    except (
        Exception
    ):  # whatever a damaged file makes of zipfile, zlib, struct or expat: the user hears one thing
        send({"rejected": f"文件已损坏或没有传完整。{RESAVE}"})


def main(path: str, kind: str, megabytes: str, seconds: str, only: str) -> None:
    confine(int(megabytes), int(seconds))
    # Many cells and no cycles: the collector would go through them again and again, and find nothing.
    gc.disable()
    read(path, kind, only)


if __name__ == "__main__":
    main(*sys.argv[1:6])
