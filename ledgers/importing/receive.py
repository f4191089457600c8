"""The gate: what kind of file has been handed over, judged by its bytes, before anything parses it.

Offices name files freely: web pages saved as ``.xls``, WPS workbooks as ``.et``, text as ``.xlsx``. The name counts
for nothing; a file that is no table is refused with how to save it again.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Final

from django.conf import settings

from ledgers.importing.problems import SheetRejected

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP: Final = b"PK\x03\x04"
RESAVE: Final = "请用 Excel 或 WPS 打开它，用“另存为”选“Excel 工作簿（*.xlsx）”，再交上来。"

MAX_UNZIPPED: Final = 256 * 1024 * 1024
MAX_MEMBERS: Final = 2000
#: Sheets of figures shrink some thirty times; a bomb shrinks a thousand times.
MAX_RATIO: Final = 200
RATIO_FROM: Final = 32 * 1024 * 1024
HEAD: Final = 8192


def sniff(path: Path) -> str:
    """The kind of a file: ``xlsx``, ``xls``, ``ods`` or ``csv``. Raises SheetRejected with what to do instead."""
    size = path.stat().st_size
    if size == 0:
        raise SheetRejected("文件是空的，请检查后重新选择。")
    if size > settings.UPLOAD_MAX_BYTES:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        raise SheetRejected(f"文件超过{limit}MB，请分成几个文件后再交上来。")
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(OLE):
        return _check_ole(path)
    if head.startswith(ZIP):
        return _check_zip(path)
    _refuse_known(head)
    return "csv"


def _refuse_known(head: bytes) -> None:
    """Name what is no table, as far as its first bytes tell."""
    if head[:2] == b"\x09\x08" or head[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04"):
        raise SheetRejected(f"这是很旧的 Excel 格式，无法直接读取。{RESAVE}")
    text = head.lstrip(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", errors="ignore").strip("\ufeff \r\n\t").encode()
    start = text[:2048].lower()
    if start.startswith(b"<?xml") and b"spreadsheet" in start:
        raise SheetRejected(f"这是 XML 表格，不是真正的 Excel 文件。{RESAVE}")
    if start.startswith((b"<", b"mime-version:")):
        raise SheetRejected(f"这是网页格式的文件，不是真正的 Excel 文件（扩展名改成 .xls 也一样）。{RESAVE}")
    for magic, name in (
        (b"%PDF", "PDF 文件"),
        (b"{\\rtf", "写字板文档"),
        (b"\x89PNG", "图片"),
        (b"\xff\xd8\xff", "图片"),
    ):
        if head.startswith(magic):
            raise SheetRejected(f"这是{name}，不是表格，请交 Excel、WPS 表格或 CSV 文件。")
    if head.startswith((b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise SheetRejected("这是压缩包，请解压后把里面的表格交上来。")


def _check_ole(path: Path) -> str:
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise SheetRejected("文件设有打开密码，请在 Excel 或 WPS 中取消密码后再交上来。")
    if "WordDocument".encode("utf-16-le") in data or "PowerPoint".encode("utf-16-le") in data:
        raise SheetRejected("这不是表格文件，请交 Excel、WPS 表格或 CSV 文件。")
    return "xls"


def _check_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            names = {member.filename.replace("\\", "/").lower() for member in members}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        raise SheetRejected(f"文件已损坏或没有传完整。{RESAVE}") from None
    total = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if (
        len(members) > MAX_MEMBERS
        or total > MAX_UNZIPPED
        or (total > RATIO_FROM and total / packed > MAX_RATIO)
    ):
        raise SheetRejected("文件解开后大得异常，请把需要的内容复制到一个新的工作簿里再交上来。")
    if any(member.flag_bits & 0x1 for member in members):
        raise SheetRejected("文件设有密码，请取消密码后再交上来。")
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise SheetRejected(f"这是 Excel 二进制工作簿（.xlsb），无法直接读取。{RESAVE}")
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if any(name.endswith((".xls", ".xlsx", ".et", ".csv")) for name in names):
        raise SheetRejected("这是压缩包，请解压后把里面的表格交上来。")
    raise SheetRejected("这不是表格文件，请交 Excel、WPS 表格或 CSV 文件。")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def safe_file_name(name: str) -> str:
    """The user's file name for the screen: no path, nothing invisible, at most 100 characters with its extension."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(char for char in name if char.isprintable() or char == " ").strip() or "未命名"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 5:
        return name[:100]
    return f"{stem[: 99 - len(extension)]}.{extension}"
