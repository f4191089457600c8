"""check_figures on files as they come, and on files nobody should open."""

from __future__ import annotations

import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import docx
import pytest
from django.core.management import CommandError, call_command
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from reporting.figurecheck import files
from reporting.figurecheck.files import UnusableFile, read_prose
from tests.conftest import Units

WRONG = "全镇4939人,有藏族、土族等10个少数民族148人,占全镇人口的0.33%。"
RIGHT = "共有6248人,其中户籍285人,流动人口5963人。"


def run(path: Path, *arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command(
            "check_figures", str(path), "--unit", "330281101000", "--period", "2025", *arguments, stdout=out
        )
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def word(path: Path, *paragraphs: str) -> Any:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return document


@pytest.mark.usefixtures("units")
def test_findings_are_printed_as_agreed(tmp_path: Path) -> None:
    path = tmp_path / "总结.docx"
    word(path, RIGHT, WRONG)
    status, printed = run(path, "--json")
    assert status == 1
    assert json.loads(printed) == {
        "findings": [
            {"sentence": WRONG, "rule": "share", "found": "0.33%", "expected": "3.00%", "indicator": None}
        ]
    }
    status, printed = run(path)
    assert status == 1
    assert "148人占4939人的3.00%" in printed
    assert "发现1处数字需要核对。" in printed


def test_a_ledger_finding_names_its_indicator(year_of_work: Units, tmp_path: Path) -> None:
    path = tmp_path / "总结.md"
    path.write_text(
        "# 总结\n\n- **全年**召开专题会议`7`次。\n\n| 专题会议 | 9次 |\n|---|---|\n", encoding="utf-8"
    )
    status, printed = run(path, "--json")
    (finding,) = json.loads(printed)["findings"]
    assert (status, finding["rule"], finding["found"], finding["expected"], finding["indicator"]) == (
        1, "ledger", "7次", "3次", "work.meetings",
    )  # fmt: skip


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_text_is_read_in_the_encodings_offices_use(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "总结.txt"
    path.write_bytes(f"情况汇报\r\n{WRONG}\r\n{RIGHT}\r\n".encode(encoding))
    status, printed = run(path, "--json")
    assert (status, [f["found"] for f in json.loads(printed)["findings"]]) == (1, ["0.33%"])


@pytest.mark.usefixtures("units")
def test_right_text_ends_with_0(tmp_path: Path) -> None:
    path = tmp_path / "总结.txt"
    path.write_text(RIGHT, encoding="utf-8")
    assert run(path, "--json") == (0, '{"findings": []}\n')
    assert run(path) == (0, "没有发现数字问题。\n")


def test_wrapped_lines_are_one_sentence_and_headings_are_not_joined(tmp_path: Path) -> None:
    path = tmp_path / "总结.txt"
    path.write_text(
        "一、基本情况\n全镇4939人，有藏族、土族等10个少数民\n族148人，占全镇人口的0.33%。\n二、工作\n",
        encoding="utf-8",
    )
    assert read_prose(path).split("\n")[:3] == [
        "一、基本情况",
        "全镇4939人，有藏族、土族等10个少数民族148人，占全镇人口的0.33%。",
        "二、工作",
    ]


def test_word_prose_has_insertions_and_leaves_out_cells_and_deletions(tmp_path: Path) -> None:
    path = tmp_path / "稿.docx"
    document = word(path, "共有")
    body = document.paragraphs[0]._p
    run_of = '<w:r><w:{0} xml:space="preserve">{1}</w:{0}></w:r>'
    body.append(parse_xml(f"<w:ins {nsdecls('w')} w:id='1'>{run_of.format('t', '5处')}</w:ins>"))
    body.append(parse_xml(f"<w:del {nsdecls('w')} w:id='2'>{run_of.format('delText', '6处')}</w:del>"))
    document.add_table(1, 1).cell(0, 0).text = "其中佛教9处"
    document.add_paragraph("末段")
    document.save(str(path))
    assert read_prose(path) == "共有5处\n末段"


def _archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("无.docx", None, "找不到文件"),
        ("空.txt", b"", "文件是空的"),
        ("图.png", b"\x89PNG", "只能检查"),
        ("旧.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版或设有密码"),
        ("假.docx", "共有5处".encode(), "不是 Word 文档"),
        ("断.docx", b"PK\x03\x04" + b"\0" * 50, "已损坏"),
        ("扫描.txt", b"%PDF-1.7", "不是文本文件"),
        ("乱.txt", b"\x00\x01\x02\x03\x80\x81" * 50, "编码无法识别"),
        ("长.txt", "共有五处。".encode() * 70_000, "超过30万字"),
    ],
)
def test_an_unusable_file_is_one_clear_line(
    name: str, content: bytes | None, problem: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=problem) as caught:
        run(path)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)


def test_hostile_word_files_are_refused_before_anything_parses_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.subprocess, "run", lambda *a, **k: pytest.fail("the file was parsed"))
    doctype = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    bomb = {"word/document.xml": b"<a/>", "word/media/a.png": b"\0" * (130 << 20)}
    for members, problem in (
        ({"word/document.xml": doctype}, "内部结构不正常"),
        ({"word/document.xml": doctype.decode().encode("utf-16")}, "内部结构不正常"),
        ({"xl/workbook.xml": b"<a/>"}, "不是 Word 文档"),
        (bomb, "大得异常"),
        ({f"a{n}": b"" for n in range(2001)}, "大得异常"),
    ):
        with pytest.raises(UnusableFile, match=problem):
            read_prose(_archive(tmp_path / "险.docx", members))


def test_a_word_file_that_breaks_its_reader_is_refused(tmp_path: Path) -> None:
    word(tmp_path / "好.docx", RIGHT)
    with zipfile.ZipFile(tmp_path / "好.docx") as good:
        members = {name: good.read(name) for name in good.namelist()}
    for body in (b"<not-closed>", b"<a/>", b""):
        path = _archive(tmp_path / "坏.docx", members | {"word/document.xml": body})
        with pytest.raises(UnusableFile, match="文档无法读取"):
            read_prose(path)


def test_the_reader_is_held_to_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    word(tmp_path / "好.docx", RIGHT)
    monkeypatch.setattr(files, "MEGABYTES", 30)
    with pytest.raises(UnusableFile, match="文档无法读取"):
        read_prose(tmp_path / "好.docx")


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "缺少文件"),
        (["a.txt", "--period", "2025"], "缺少--unit"),
        (["a.txt", "--unit", "330281101000"], "缺少--period"),
        (["a.txt", "--unit", "9", "--period", "2025"], "没有区划代码"),
        (["a.txt", "--unit", "330281101000", "--period", "去年"], "不是期间"),
    ],
)
def test_an_unusable_call_says_why(arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem) as caught:
        call_command("check_figures", *arguments)
    assert caught.value.returncode == 2
