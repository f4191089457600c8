"""The reader process: parses one untrusted file under memory and time limits and prints its cells as JSON lines.

Run as a script in an interpreter of its own (``reading.py`` starts it), never imported by the product: calamine aborts
the process it runs in on a cell named XFD1048576, and a damaged file may ask for any amount of memory.

First line: ``{"sheets": [...], "date1904": bool}`` or ``{"rejected": sentence}``; then for each sheet lines that are
lists of rows, and ``null`` at its end. Dates are ``{"d": "2023-05-01"}``, formula errors ``{"e": "#DIV/0!"}``.
"""

import contextlib
import csv
import datetime as dt
import io
import itertools
import json
import re
import resource
import struct
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_CELLS = 8_000_000
FREE = 0xFFFF_FFFA  # sector numbers from here on are marks
MAX_CELL_TEXT = 32_767  # Excel's own limit
ROWS_PER_LINE = 500
RESAVE = "请用 Excel 或 WPS 打开它，用“另存为”选“Excel 工作簿（*.xlsx）”，再交上来。"

_FAR_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{3,}[0-9]+|[A-Z]+[0-9]{7,})[\"'][^>]*?(/?)>")
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']"
)
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]+)[\"'][^>]*>")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Rejected(Exception):
    pass


def limit(megabytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing here has to write a file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class SheetScan:
    """What calamine does not tell about a sheet of an .xlsx: formula errors, hidden rows, absurd addresses."""

    def __init__(self) -> None:
        self.errors: list[tuple[int, int]] = []
        self.hidden: list[int] = []
        self.max_row = 0
        self.max_column = 0

    def feed(self, xml: bytes) -> None:
        for match in _FAR_CELL.finditer(xml):
            # A cell that has only a format is closed at once; it holds no value and takes no room.
            if match[2]:
                continue
            letters = match[1].rstrip(b"0123456789")
            row, column = int(match[1][len(letters) :][:12]), column_number(letters[:8])
            if row > MAX_ROW or column > MAX_COLUMN:
                raise Rejected(f"表格里有位置异常的单元格（超出 Excel 的行列范围）。{RESAVE}")
            self.max_row, self.max_column = max(self.max_row, row), max(self.max_column, column)
            if self.max_row * self.max_column > MAX_CELLS * 4:
                raise Rejected("表格里有离数据很远的单元格，请删除表格以外的行和列后再交上来。")
        if b"hidden=" in xml:
            self.hidden += [int(match[1]) - 1 for match in _ROW.finditer(xml) if _HIDDEN.search(match[0])]
        if b't="e"' in xml or b"t='e'" in xml:
            self.errors += [
                (int(row) - 1, column_number(column) - 1) for column, row in _ERROR_CELL.findall(xml)
            ]


def chunks(file: Any) -> Iterator[bytes]:
    """The file in pieces that end before a tag, so that no tag is cut in two."""
    rest = b""
    while piece := file.read(1 << 20):
        rest += piece
        cut = rest.rfind(b"<")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        if len(rest) > 8 << 20:
            raise Rejected(f"文件的内部结构已损坏。{RESAVE}")
    if rest:
        yield rest


def scan_zip(path: str, kind: str) -> tuple[dict[str, SheetScan], bool]:
    """Unpack everything once, counting; returns the scans by sheet name and whether the epoch is 1904."""
    scans: dict[str, SheetScan] = {}
    date1904 = False
    with zipfile.ZipFile(path) as archive:
        parts = sheet_parts(archive) if kind == "xlsx" else {}
        if kind == "xlsx":
            workbook = archive.read(find(archive, "xl/workbook.xml"))
            date1904 = bool(re.search(rb"\bdate1904=[\"'](?:1|true)[\"']", workbook))
        for member in archive.infolist():
            is_xml = member.filename.lower().endswith((".xml", ".rels"))
            scan = SheetScan()
            with archive.open(member) as file:
                for number, piece in enumerate(
                    chunks(file) if is_xml else iter(lambda: file.read(1 << 20), b"")
                ):
                    if is_xml and number == 0 and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
                        raise Rejected(f"文件的内部结构不正常。{RESAVE}")
                    if member.filename in parts:
                        scan.feed(piece)
            if member.filename in parts:
                scans[parts[member.filename]] = scan
    return scans, date1904


def ole_stream(data: bytes, names: tuple[str, ...]) -> bytes:
    """A stream of an OLE file by name, [MS-CFB]; empty when it is not there."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    per_sector = size // 4

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    lists = list(struct.unpack_from("<109I", data, 76))
    following = struct.unpack_from("<I", data, 68)[0]
    while following < FREE and len(lists) * size < len(data) * 2:
        *more, following = struct.unpack(f"<{per_sector}I", sector(following))
        lists += more
    fat: list[int] = []
    for number in lists:
        if number < FREE:
            fat += struct.unpack(f"<{per_sector}I", sector(number))

    def chain(number: int) -> bytes:
        found, seen = [], set()
        while number < len(fat) and number not in seen:
            seen.add(number)
            found.append(sector(number))
            number = fat[number]
        return b"".join(found)

    folder = chain(struct.unpack_from("<I", data, 48)[0])
    for start in range(0, len(folder) - 127, 128):
        length = struct.unpack_from("<H", folder, start + 64)[0]
        if folder[start : start + max(0, length - 2)].decode("utf-16-le", "ignore") in names:
            first, total = struct.unpack_from("<II", folder, start + 116)
            return chain(first)[:total]
    return b""


def scan_xls(path: str) -> tuple[dict[str, SheetScan], bool]:
    """The same for .xls, from its records [MS-XLS]; nothing when the file is not in order (calamine will say so)."""
    scans: dict[str, SheetScan] = {}
    date1904 = False
    with contextlib.suppress(struct.error, ValueError, IndexError):
        book = ole_stream(Path(path).read_bytes(), ("Workbook", "Book"))
        sheets: dict[int, str] = {}
        position, scan = 0, SheetScan()
        while position + 4 <= len(book):
            kind, length = struct.unpack_from("<HH", book, position)
            body = book[position + 4 : position + 4 + length]
            if kind == 0x0809:  # BOF: the globals come first, then the sheets
                scan = scans.setdefault(sheets.get(position, ""), SheetScan())
            elif kind == 0x0022:  # DATEMODE
                date1904 = body[:1] == b"\x01"
            elif kind == 0x0085:  # BOUNDSHEET8
                wide = body[7] & 1
                name = body[8 : 8 + body[6] * (1 + wide)]
                sheets[struct.unpack_from("<I", body)[0]] = name.decode("utf-16-le" if wide else "latin-1")
            elif kind == 0x0208 and body[12] & 0x20:  # ROW, of no height
                scan.hidden.append(struct.unpack_from("<H", body)[0])
            elif (
                (kind == 0x0205 and body[7])
                or (  # BOOLERR
                    kind == 0x0006 and body[12:14] == b"\xff\xff" and body[6] == 2  # FORMULA
                )
            ):
                row, column = struct.unpack_from("<HH", body)
                scan.errors.append((row, column))
            position += 4 + length
    return scans, date1904


def find(archive: zipfile.ZipFile, name: str) -> str:
    """A member's name as it is spelt: some programs write Xl/Workbook.xml."""
    return next(found for found in archive.namelist() if found.replace("\\", "/").lower() == name)


def parsed(archive: zipfile.ZipFile, name: str) -> ET.Element:
    """A small XML part. Without a document type there are no entities to expand or to fetch."""
    data = archive.read(find(archive, name))
    if b"<!DOCTYPE" in data or len(data) > 8 << 20:
        raise Rejected(f"文件的内部结构不正常。{RESAVE}")
    return ET.fromstring(data)  # noqa: S314


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """{file in the archive: sheet name}"""
    try:
        relations = parsed(archive, "xl/_rels/workbook.xml.rels")
        targets = {item.get("Id"): item.get("Target", "") for item in relations}
        workbook = parsed(archive, "xl/workbook.xml")
    except (StopIteration, ET.ParseError):
        return {}
    found = {}
    for item in workbook.iter():
        if item.tag.endswith("}sheet") or item.tag == "sheet":
            target = targets.get(item.get(_RELATION), "")
            found[target.lstrip("/") if target.startswith("/") else f"xl/{target}"] = item.get("name", "")
    return found


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


def send(message: Any) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False, default=encode, separators=(",", ":")))
    sys.stdout.write("\n")


class RowWriter:
    """Groups rows into lines: one JSON text for a million rows could not be read piece by piece."""

    def __init__(self) -> None:
        self.lines: list[list[Any]] = []
        self.cells = 0

    def write(self, rows: Iterable[list[Any]], offset: int, errors: Iterable[tuple[int, int]]) -> None:
        """``offset`` rows are empty before the first; empty cells and rows at the ends are left out."""
        wrong: dict[int, list[int]] = {}
        for at, column in errors:
            wrong.setdefault(at, []).append(column)
        empty = offset
        for number, row in enumerate(rows, start=offset):
            for column in wrong.get(number, ()):
                row.extend([""] * (column + 1 - len(row)))
                row[column] = {"e": "#ERROR"}
            while row and (row[-1] == "" or row[-1] is None):
                row.pop()
            if not row:
                empty += 1
                continue
            self._add(itertools.repeat([], empty))
            self._add([row])
            empty = 0
        self.flush()
        send(None)

    def _add(self, rows: Iterable[list[Any]]) -> None:
        for row in rows:
            self.cells += len(row)
            if self.cells > MAX_CELLS:
                raise Rejected("表格内容过多，请分成几个文件后再交上来。")
            self.lines.append(row)
            if len(self.lines) >= ROWS_PER_LINE:
                self.flush()

    def flush(self) -> None:
        if self.lines:
            send(self.lines)
            self.lines = []


def read_calamine(path: str, kind: str, only: str) -> None:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    scans, date1904 = scan_xls(path) if kind == "xls" else scan_zip(path, kind)
    try:
        book = CalamineWorkbook.from_path(path)
    except PasswordError:
        raise Rejected("文件设有打开密码，请在 Excel 或 WPS 中取消密码后再交上来。") from None
    except (CalamineError, OSError):
        raise Rejected(f"文件已损坏，或不是真正的 Excel 文件。{RESAVE}") from None
    metadata = [
        item
        for item in book.sheets_metadata
        if item.typ == SheetTypeEnum.WorkSheet and (not only or item.name == only)
    ]
    if not metadata:
        raise Rejected("没有找到指定的工作表，请核对工作表名称。" if only else "文件里没有工作表。")
    sheets = []
    for item in metadata:
        try:
            sheet = book.get_sheet_by_name(item.name)
        except CalamineError:
            raise Rejected(f"有工作表已损坏，无法读取。{RESAVE}") from None
        scan = scans.get(item.name, SheetScan())
        sheets.append((sheet, scan))
    send(
        {
            "date1904": date1904,
            "sheets": [
                {
                    "name": item.name,
                    "hidden": item.visible != SheetVisibleEnum.Visible,
                    "merged": (sheet.merged_cell_ranges or [])[:100_000],
                    "hidden_rows": scan.hidden,
                }
                for item, (sheet, scan) in zip(metadata, sheets, strict=True)
            ],
        }
    )
    writer = RowWriter()
    for sheet, scan in sheets:
        rows = sheet.to_python(skip_empty_area=False) if sheet.start is not None else []
        writer.write(rows, 0, scan.errors)


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


def main(path: str, kind: str, megabytes: str, seconds: str, only: str) -> None:
    limit(int(megabytes), int(seconds))
    try:
        if kind == "csv":
            read_csv(path)
        else:
            read_calamine(path, kind, only)
    except Rejected as refusal:
        send({"rejected": str(refusal)})
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, NotImplementedError):
        send({"rejected": f"文件已损坏或没有传完整。{RESAVE}"})
    except MemoryError:
        send({"rejected": "文件内容过多，请分成几个文件后再交上来。"})


if __name__ == "__main__":
    main(*sys.argv[1:6])
