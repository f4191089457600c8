"""What calamine does not tell about a file: formula errors, hidden rows, merged areas, epochs, absurd addresses."""

import contextlib
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
MAX_CELLS = 8_000_000
FREE = 0xFFFF_FFFA  # sector numbers from here on are marks
PROTECTED = "文件设有打开密码，请在 Excel 或 WPS 中取消密码后再交上来。"
RESAVE = "请用 Excel 或 WPS 打开它，用“另存为”选“Excel 工作簿（*.xlsx）”，再交上来。"

#: Cells are many and far ones rare: without a match of the first expression there is none of the second.
_MAY_BE_FAR = re.compile(rb"r=[\"'](?:[A-Z]{3}|[A-Z]{1,2}[0-9]{7})")
_FAR_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{3,}[0-9]+|[A-Z]+[0-9]{7,})[\"'][^>]*?(/?)>")
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']"
)
_ANY_ERROR = re.compile(rb"<(?:\w+:)?c\s[^>]*\bt=[\"']e[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"']([0-9]+)[\"'][^>]*>")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Rejected(Exception):
    """The file cannot be used; the message is a Chinese sentence for the user."""


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class SheetScan:
    """What has been found out about one sheet. Rows and columns count from 0."""

    def __init__(self) -> None:
        self.errors: list[tuple[int, int]] = []
        #: Merged areas where calamine has none to tell.
        self.merged: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self.hidden: list[int] = []
        self.max_row = 0
        self.max_column = 0

    def reach(self, row: int, column: int) -> None:
        """Note a cell with a value, by row and column from 1."""
        if row > MAX_ROW or column > MAX_COLUMN:
            raise Rejected(f"表格里有位置异常的单元格（超出 Excel 的行列范围）。{RESAVE}")
        self.max_row, self.max_column = max(self.max_row, row), max(self.max_column, column)
        if self.max_row * self.max_column > MAX_CELLS * 4:
            raise Rejected("表格里有离数据很远的单元格，请删除表格以外的行和列后再交上来。")

    def feed(self, xml: bytes) -> None:
        """A piece of the XML of an .xlsx sheet."""
        for match in _FAR_CELL.finditer(xml) if _MAY_BE_FAR.search(xml) else ():
            # A cell that has only a format is closed at once; it holds no value and takes no room.
            if match[2]:
                continue
            letters = match[1].rstrip(b"0123456789")
            row, column = int(match[1][len(letters) :][:12]), column_number(letters[:8])
            self.reach(row, column)
        if b"hidden=" in xml:
            self.hidden += [int(match[1]) - 1 for match in _ROW.finditer(xml) if _HIDDEN.search(match[0])]
        if b't="e"' in xml or b"t='e'" in xml:
            found = _ERROR_CELL.findall(xml)
            if len(found) < len(_ANY_ERROR.findall(xml)):
                raise Rejected(f"表里有公式错误，但文件没有写明在哪个单元格。{RESAVE}")
            self.errors += [(int(row) - 1, column_number(column) - 1) for column, row in found]


#: By the sheet's name or its position.
Scans = dict[str | int, SheetScan]


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


def scan(path: str, kind: str) -> tuple[Scans, bool]:
    """The scans by sheet name (in an .xls by position as well), and whether the epoch is 1904. Raises Rejected."""
    if kind == "xls":
        return scan_xls(path)
    scans, date1904 = scan_zip(path, kind)
    return (scan_ods(path) if kind == "ods" else scans), date1904


def scan_zip(path: str, kind: str) -> tuple[Scans, bool]:
    """Unpack everything once, counting."""
    scans: Scans = {}
    date1904 = False
    with zipfile.ZipFile(path) as archive:
        parts = sheet_parts(archive) if kind == "xlsx" else {}
        if kind == "xlsx":
            workbook = archive.read(find(archive, "xl/workbook.xml"))
            date1904 = bool(re.search(rb"\bdate1904=[\"'](?:1|true)[\"']", workbook))
        for member in archive.infolist():
            is_xml = member.filename.lower().endswith((".xml", ".rels"))
            part, scan = spelt(member.filename), SheetScan()
            with archive.open(member) as file:
                for number, piece in enumerate(
                    chunks(file) if is_xml else iter(lambda: file.read(1 << 20), b"")
                ):
                    if is_xml and number == 0 and (b"<!DOCTYPE" in piece or b"<!ENTITY" in piece):
                        raise Rejected(f"文件的内部结构不正常。{RESAVE}")
                    if part in parts:
                        scan.feed(piece)
            if part in parts:
                scans[parts[part]] = scan
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


def scan_xls(path: str) -> tuple[Scans, bool]:
    """The same for .xls, from its records [MS-XLS]; nothing when the file is not in order (calamine will say so)."""
    scans: Scans = {}
    date1904 = False
    with contextlib.suppress(struct.error, ValueError, IndexError):
        book = ole_stream(Path(path).read_bytes(), ("Workbook", "Book"))
        sheets: dict[int, tuple[int, str]] = {}
        position, scan = 0, SheetScan()
        while position + 4 <= len(book):
            kind, length = struct.unpack_from("<HH", book, position)
            body = book[position + 4 : position + 4 + length]
            if kind == 0x0809:  # BOF: the globals come first, then the sheets
                scan = SheetScan()
                if position in sheets:
                    place, name = sheets[position]
                    scans[place] = scans[name] = scan
            elif kind == 0x002F:  # FILEPASS
                raise Rejected(PROTECTED)
            elif kind == 0x0022:  # DATEMODE
                date1904 = body[:1] == b"\x01"
            elif kind == 0x0085:  # BOUNDSHEET8
                wide = body[7] & 1
                letters = body[8 : 8 + body[6] * (1 + wide)]
                spelling = letters.decode("utf-16-le" if wide else "latin-1", "replace")
                sheets[struct.unpack_from("<I", body)[0]] = (len(sheets), spelling)
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


def spelt(name: str) -> str:
    """A member's name in one spelling: some programs write Xl\\Workbook.xml."""
    return name.replace("\\", "/").lower()


def find(archive: zipfile.ZipFile, name: str) -> str:
    """A member's name as the archive has it."""
    return next(found for found in archive.namelist() if spelt(found) == name)


def parsed(archive: zipfile.ZipFile, name: str) -> ET.Element:
    """A small XML part. Without a document type there are no entities to expand or to fetch."""
    data = archive.read(find(archive, name))
    if b"<!DOCTYPE" in data or len(data) > 8 << 20:
        raise Rejected(f"文件的内部结构不正常。{RESAVE}")
    return ET.fromstring(data)  # noqa: S314


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """{file in the archive, as ``spelt``: sheet name}"""
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
            found[spelt(target.lstrip("/") if target.startswith("/") else f"xl/{target}")] = item.get(
                "name", ""
            )
    return found


class OdsScan:
    """Positions in an OpenDocument sheet, where cells have no addresses and repeat themselves."""

    TABLE, OFFICE = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("table", "office"))
    ERROR = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"

    def __init__(self) -> None:
        self.scans: Scans = {}
        self._sheet = SheetScan()
        self._row = self._column = self._rows = self._columns = 0
        self._text: list[str] | None = None

    def parse(self, file: Any) -> Scans:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.ParseFile(file)
        return self.scans

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name = tag.removeprefix(self.TABLE)
        if name == "table":
            self._sheet = self.scans[given.get(f"{self.TABLE}name", "")] = SheetScan()
            self._row = 0
        elif name == "table-row":
            self._column = 0
            self._rows = self._times(given, "number-rows-repeated")
            if given.get(f"{self.TABLE}visibility") in ("collapse", "filter"):
                self._sheet.hidden += range(self._row, self._row + min(self._rows, MAX_ROW))
        elif name in ("table-cell", "covered-table-cell"):
            self._columns = self._times(given, "number-columns-repeated")
            self._cell(given)

    def _times(self, given: dict[str, str], what: str) -> int:
        return max(1, int(given.get(self.TABLE + what, "1")[:9]))

    def _cell(self, given: dict[str, str]) -> None:
        across, down = self._times(given, "number-columns-spanned"), self._times(given, "number-rows-spanned")
        if across > 1 or down > 1:
            corner = (self._row + down - 1, self._column + across - 1)
            self._sheet.merged.append(((self._row, self._column), corner))
        if given.get(f"{self.OFFICE}value-type"):
            self._sheet.reach(self._row + self._rows, self._column + self._columns)
        if given.get(self.ERROR) == "error":
            self._sheet.errors.append((self._row, self._column))
        elif f"{self.TABLE}formula" in given:
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.removeprefix(self.TABLE)
        if name == "table-row":
            self._row += self._rows
        elif name in ("table-cell", "covered-table-cell"):
            # Without a mark of its own, an error is a formula that shows one.
            if self._text and "".join(self._text).startswith(("#", "Err:")):
                self._sheet.errors.append((self._row, self._column))
            self._text = None
            self._column += self._columns


def scan_ods(path: str) -> Scans:
    with zipfile.ZipFile(path) as archive:
        manifest = "META-INF/manifest.xml"
        if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
            raise Rejected(PROTECTED)
        with archive.open("content.xml") as file:
            return OdsScan().parse(file)
