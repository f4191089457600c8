"""The gate and the reader: what is taken, what is refused, and that nothing survives to harm the server."""

import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from django.conf import LazySettings

from ledgers.importing.grid import ErrorCell
from ledgers.importing.problems import SheetRejected
from ledgers.importing.reading import read_workbook
from ledgers.importing.receive import safe_file_name
from tests.importing.conftest import FileMaker
from tests.importing.workbooks import book, simple, with_sheet_xml

QUIRKS = Path(__file__).parent.parent / "data" / "quirks.xls"
TEXT = "企业名称,信用代码\r\n示例企业,1\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a"])
def test_text_in_the_encodings_offices_use(saved: FileMaker, encoding: str, name: str) -> None:
    workbook = read_workbook(saved(TEXT.encode(encoding), name))
    assert workbook.kind == "csv"
    assert workbook.sheets[0].rows == [["企业名称", "信用代码"], ["示例企业", "1"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_with_other_delimiters(saved: FileMaker, delimiter: str) -> None:
    text = f'名称{delimiter}"甲{delimiter}乙"\n一{delimiter}二\n'
    assert read_workbook(saved(text.encode(), "a.csv")).sheets[0].rows == [
        ["名称", f"甲{delimiter}乙"],
        ["一", "二"],
    ]


def test_the_cells_of_a_workbook(saved: FileMaker) -> None:
    content = book(("一", [["题", 1, 2.5, True], [], ["", "尾"]]), ("二", []), merge=["A1:B1"])
    first, second = read_workbook(saved(content)).sheets
    assert first.rows == [["题", "", 2.5, True], [], ["", "尾"]]
    assert first.merged == [((0, 0), (0, 1))]
    assert second.rows == []


def test_one_sheet_only(saved: FileMaker) -> None:
    path = saved(book(("一", [["甲"]]), ("二", [["乙"]])))
    assert [sheet.name for sheet in read_workbook(path, only_sheet="二").sheets] == ["二"]
    with pytest.raises(SheetRejected, match="工作表"):
        read_workbook(path, only_sheet="三")


@pytest.mark.parametrize("size", [0, 2 << 20], ids=["small", "scanned while it is read"])
def test_what_calamine_does_not_tell_is_read_from_the_file(saved: FileMaker, size: int) -> None:
    def change(xml: bytes) -> bytes:
        xml = xml.replace(b'<c r="B2" t="n"><v>1</v>', b'<c r="B2" t="e"><v>#DIV/0!</v>')
        return xml.replace(b'<row r="3"', b'<row r="3" hidden="1"')

    content = with_sheet_xml(book(("一", [["甲", "乙"], ["x", 1], ["y", 2]]), epoch1904=True), change)
    path = saved(content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", random.Random(0).randbytes(size))
    workbook = read_workbook(path)
    assert isinstance(workbook.sheets[0].rows[1][1], ErrorCell)
    assert workbook.sheets[0].hidden_rows == {2}
    assert workbook.date1904


def test_what_calamine_does_not_tell_about_an_xls(saved: FileMaker) -> None:
    """quirks.xls: 1904 epoch, a formula error in B2 and in C5 of the second sheet, row 3 hidden."""
    workbook = read_workbook(QUIRKS)
    first, second = workbook.sheets
    assert workbook.date1904
    assert isinstance(first.rows[1][1], ErrorCell)
    assert first.hidden_rows == {2}
    assert isinstance(second.rows[4][2], ErrorCell)
    assert first.rows[2] == ["y", 3]


def damaged_zip(size: int) -> bytes:
    return simple()[:size]


def bomb(megabytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (megabytes << 20))
    return buffer.getvalue()


def lying_bomb() -> bytes:
    """Inflates to 100 MB while its directory speaks of 100 bytes."""
    content = bytearray(bomb(100))
    size = (100 << 20).to_bytes(4, "little")
    return bytes(content).replace(size, (100).to_bytes(4, "little"))


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"x")
    return buffer.getvalue()


def cell_at(reference: str) -> bytes:
    return with_sheet_xml(
        book(("一", [["x"]])),
        lambda xml: xml.replace(
            b"</sheetData>",
            b'<row r="1048576"><c r="%s"><v>1</v></c></row></sheetData>' % reference.encode(),
        ),
    )


def doctype(entity: bytes) -> bytes:
    return with_sheet_xml(
        book(("一", [["x"]])),
        lambda xml: b"<!DOCTYPE lolz [" + entity + b"]>" + re.sub(rb"^<\?xml[^>]*>", b"", xml),
    )


LAUGHS = b'<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
OUTSIDE = b'<!ENTITY x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "另存为"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><html></html>", "另存为"),
        ("<html></html>".encode("utf-16"), "另存为"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "另存为"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "另存为"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "图片"),
        (bytes(range(256)) * 40, "表格"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4000, "另存为"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (b"PK\x03\x04 and then nothing", "另存为"),
        (damaged_zip(1500), "另存为"),
        (zipped("word/document.xml"), "不是表格"),
        (zipped("ledger.xls"), "压缩包"),
        (zipped("xl/workbook.bin"), "另存为"),
        (zipped("xl/workbook.xml"), "另存为"),
        (bomb(100), "大得异常"),
        (lying_bomb(), "损坏"),
        (cell_at("XFD1048576"), "单元格"),
        (cell_at("XFE5"), "位置异常"),
        (cell_at("A99999999"), "位置异常"),
        (cell_at("ZZ1048576"), "单元格"),
        (doctype(LAUGHS), "结构"),
        (doctype(OUTSIDE), "结构"),
        ('名称,代码\n"没有收尾,1\n'.encode(), "引号"),
        (f"名称,代码\n{'长' * 200_000},1\n".encode(), "过长"),
        (b"a," * 20_000, "列数"),
    ],
)
def test_what_is_no_usable_table_is_refused_in_one_sentence(
    saved: FileMaker, content: bytes, said: str
) -> None:
    with pytest.raises(SheetRejected, match=said) as refused:
        read_workbook(saved(content, "ledger.xls"))
    assert str(refused.value).endswith("。")


def test_a_file_beyond_the_size_limit_is_refused(saved: FileMaker, settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(SheetRejected, match="超过1MB"):
        read_workbook(saved(b"a,b\n" * 300_000, "a.csv"))


def test_harmless_oddities_are_read(saved: FileMaker) -> None:
    """A sheet formatted to its last row and column, and a false dimension, as WPS writes them."""
    content = with_sheet_xml(
        book(("一", [["x", 1]])),
        lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml).replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
        ),
    )
    assert read_workbook(saved(content)).sheets[0].rows == [["x", 1.0]]


@pytest.mark.parametrize("good", [simple(["上河村", "示例企业", "x", 1, 2]), QUIRKS.read_bytes()])
def test_mangled_files_never_hang_or_crash(saved: FileMaker, good: bytes) -> None:
    for position in range(0, len(good), len(good) // 25):
        mangled = bytearray(good)
        mangled[position : position + 8] = b"\xff\x00\x13\x37\xff\xff\x80\x7f"
        try:
            read_workbook(saved(bytes(mangled)))
        except SheetRejected as refused:
            assert str(refused).endswith("。")  # noqa: PT017  # some damage is harmless, and read


def test_the_reader_never_imports_the_product() -> None:
    for path in (Path(__file__).parents[2] / "ledgers/importing/child").glob("*.py"):
        # Indented imports are those for the type checker.
        assert not re.search(r"^(?:from|import) (?:ledgers|django|config)", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("企业台账.xlsx", "企业台账.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\台账.xls", "台账.xls"),
        ("a\x00b\u202egpj.xlsx", "abgpj.xlsx"),
        ("", "未命名"),
        ("长" * 300 + ".xlsx", "长" * 95 + ".xlsx"),
    ],
)
def test_file_names_for_the_screen(given: str, shown: str) -> None:
    assert safe_file_name(given) == shown
