"""The prose of a file: .docx, .txt, .md. A file is judged by its bytes before anything parses it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

from django.conf import settings

SUFFIXES: Final = (".docx", ".txt", ".md")
MEGABYTES: Final = 1024
SECONDS: Final = 30
MAX_MEMBERS: Final = 2000
MAX_UNZIPPED: Final = 128 * 1024 * 1024
#: The part that is parsed; the rest are mostly pictures.
MAX_BODY: Final = 32 * 1024 * 1024
_CHILD: Final = Path(__file__).with_name("docx_child.py")
_BODY: Final = "word/document.xml"
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RESAVE: Final = "请用 Word 或 WPS 打开它，另存为 .docx 后再检查。"
_CODE_BLOCK: Final = re.compile(r"^(`{3,}|~{3,}).*?^\1[`~]*[ \t]*$", re.MULTILINE | re.DOTALL)
_MARKUP: Final = re.compile(
    r"^ {0,3}(?:#{1,6} |> ?)|\*\*|__|`|^[ \t]*[-*+] (?=\S)|<!--.*?-->|!?\[(?=[^\]]*\]\()|\]\([^)]*\)"
)
#: A line of text at least this long that stops in mid-sentence has been wrapped.
_WRAPPED: Final = 20
#: Ten times the longest report; what is longer is a file of another kind.
MAX_CHARACTERS: Final = 300_000


class UnusableFile(Exception):
    """The file cannot be read; the message is one Chinese sentence that says what to do."""


def read_prose(path: Path) -> str:
    """The paragraphs of a file, one a line; tables are left out. Raises UnusableFile."""
    text = _read(path)
    if len(text) > MAX_CHARACTERS:
        raise UnusableFile(f"文字超过{MAX_CHARACTERS // 10_000}万字，请分成几个文件后再检查。")
    return text


def _read(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise UnusableFile("只能检查 .docx、.txt、.md 文件，请另存后再检查。")
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise UnusableFile("这不是文件，请核对路径。")
        if size == 0:
            raise UnusableFile("文件是空的，请核对后再检查。")
        if size > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
            raise UnusableFile(f"文件超过{limit}MB，请只保留需要检查的文字。")
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        raise UnusableFile(f"找不到文件“{path.name[:60]}”，请核对路径。") from None
    except OSError:
        raise UnusableFile("文件不能读取，请检查文件的权限。") from None
    if head.startswith(_OLE):
        raise UnusableFile(f"这是旧版或设有密码的文档，无法直接读取。{_RESAVE}")
    if path.suffix.lower() == ".docx":
        return _docx(path, head)
    if head.startswith((_ZIP, b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff")):
        raise UnusableFile("这不是文本文件，请交 .docx、.txt 或 .md 文件。")
    text = _decode(path.read_bytes())
    return _paragraphs(_plain_markdown(text) if path.suffix.lower() == ".md" else text)


# --- Word ------------------------------------------------------------------------------------------------------


def _docx(path: Path, head: bytes) -> str:
    if not head.startswith(_ZIP):
        raise UnusableFile(f"这不是 Word 文档，只是扩展名为 .docx。{_RESAVE}")
    _check_zip(path)
    command = [sys.executable, "-I", str(_CHILD), str(path.resolve()), str(MEGABYTES), str(SECONDS)]
    # An environment of its own: no secrets for a process that reads foreign files.
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=SECONDS * 2, check=False
        )  # fmt: skip
        if done.returncode == 0:
            return "\n".join(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        pass
    raise UnusableFile(f"文档无法读取：内容过大或已损坏。{_RESAVE}")


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member for member in archive.infolist()}
            if len(members) > MAX_MEMBERS or sum(m.file_size for m in members.values()) > MAX_UNZIPPED:
                raise UnusableFile("文档解开后大得异常，请把需要检查的文字复制到一个新文档里。")
            if any(member.flag_bits & 0x1 for member in members.values()):
                raise UnusableFile("文档设有密码，请取消密码后再检查。")
            body = members.get(_BODY)
            if body is None:
                raise UnusableFile(f"这不是 Word 文档，只是扩展名为 .docx。{_RESAVE}")
            if body.file_size > MAX_BODY:
                raise UnusableFile("文档正文大得异常，请把需要检查的文字复制到一个新文档里。")
            for name in members:
                if name.endswith((".xml", ".rels")) and _has_doctype(archive, name):
                    raise UnusableFile(f"文档的内部结构不正常。{_RESAVE}")
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, RuntimeError):
        raise UnusableFile(f"文档已损坏或没有传完整。{_RESAVE}") from None


def _has_doctype(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a part declares entities; no word processor writes a document type."""
    with archive.open(name) as part:
        beginning = part.read(4096)
    # UTF-16 puts a zero beside every letter.
    return b"<!DOCTYPE" in beginning.replace(b"\0", b"") or b"<!ENTITY" in beginning.replace(b"\0", b"")


# --- Text ------------------------------------------------------------------------------------------------------


def _decode(data: bytes) -> str:
    """Text in the encodings offices use: UTF-8, UTF-16, GB18030."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data[:4096]:
        # Digits and line ends leave zeros in every other byte.
        little = data[1:4096:2].count(0) > data[0:4096:2].count(0)
        encodings = ["utf-16-le" if little else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(character < " " and character not in "\t\r\n\f" for character in text[:20_000]) <= 5:
            return text
    raise UnusableFile("文字编码无法识别，请另存为 UTF-8 文本后再检查。")


def _plain_markdown(text: str) -> str:
    """Markdown without its marks, its code and its tables."""
    lines = _CODE_BLOCK.sub("", text.replace("\r\n", "\n")).split("\n")
    return "\n".join(_MARKUP.sub("", line) for line in lines if not line.lstrip().startswith("|"))


def _paragraphs(text: str) -> str:
    """Paragraphs one a line: a line that stops in the middle of a sentence goes on in the next."""
    joined: list[str] = []
    for line in re.split(r"\r\n|[\r\n\f]", text):
        goes_on = (
            joined
            and len(joined[-1]) >= _WRAPPED
            and joined[-1][-1] not in "。！？；：.!?;:”）)"
            and line.strip()
            and not re.match(r"[\s\u3000]|[（(]?[一二三四五六七八九十\d]+[、.）)]|第.章", line)
        )
        if goes_on:
            joined[-1] += line
        else:
            joined.append(line)
    return "\n".join(joined)
