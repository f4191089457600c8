"""Files made to harm: the reader refuses or dies alone, the server says what to do, and the next request works."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ledgers.importing import batches, reading
from ledgers.importing.problems import SheetRejected
from ledgers.importing.reading import CHILD, read_workbook
from ledgers.models import ImportBatch
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.importing.conftest import FileMaker
from tests.importing.formats import DIVISION, Table, ods, ods_of, xls, xlsx
from tests.importing.pages import UPLOAD, hand_over, page, run_jobs
from tests.importing.test_files import bomb
from tests.importing.workbooks import company, credit_code, simple

ROWS: list[list[Any]] = [
    ["企业台账"],
    ["企业名称", "信用代码", "注册资本", "成立日期"],
    *[[f"示例企业{number}", credit_code(number), number * 1.5, "2023.5"] for number in range(1, 30)],
    ["合计", "", DIVISION],
]
SAMPLE = Table("上河村", ROWS, merge=["A1:D1", "A3:A4"], hidden=[5])


def with_shared_strings() -> bytes:
    """Excel keeps texts in a part of their own; openpyxl does not."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("上河村")
    for number, row in enumerate(ROWS):
        sheet.write_row(number, 0, row)
    book.close()
    return buffer.getvalue()


def parts_changed(good: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(good)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        parts = {name: source.read(name) for name in source.namelist()}
        changed = {name: change(name, content) for name, content in parts.items()}
        assert changed != parts
        for name, content in changed.items():
            copy.writestr(name, content)
    return target.getvalue()


def laughing(part: str) -> bytes:
    """Nine levels of ten: a billion laughs."""
    entities = b'<!ENTITY l0 "lol">' + b"".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">'.encode() for n in range(1, 10)
    )

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(part):
            return content
        body = content.split(b"?>", 1)[-1]
        return b"<!DOCTYPE x [" + entities + b"]>" + body.replace(b"</", b"&l9;</", 1)

    return parts_changed(ods(SAMPLE) if part == "content.xml" else with_shared_strings(), change)


def fetching(address: str) -> bytes:
    """Asks for an outside file from within the sheet."""

    def change(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        body = content.split(b"?>", 1)[-1] if content.startswith(b"<?xml") else content
        return f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]>'.encode() + body.replace(b"<v>", b"<v>&e;", 1)

    return parts_changed(xlsx(SAMPLE), change)


def shared_strings(index: str) -> bytes:
    """A cell that points behind the end of the shared strings."""

    def change(name: str, content: bytes) -> bytes:
        return (
            content.replace(b"<v>0</v>", f"<v>{index}</v>".encode(), 1)
            if name.endswith("sheet1.xml")
            else content
        )

    return parts_changed(with_shared_strings(), change)


def encrypted_xls() -> bytes:
    """An .xls with an opening password: FILEPASS where the code page and the epoch stood."""
    content = xls(SAMPLE)
    start = content.index(b"\x42\x00\x02\x00")
    filepass = b"\x2f\x00\x08\x00" + bytes(range(1, 9))
    return content[:start] + filepass + content[start + len(filepass) :]


def ods_bomb(rows: int, columns: int) -> bytes:
    cell = f'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="{columns}"/>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    return ods_of(f'<table:table table:name="x">{row}</table:table>')


def encrypted_ods() -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if name == "content.xml":
            return random.Random(4).randbytes(len(content))
        return content.replace(
            b"/></manifest", b"><manifest:encryption-data/></manifest:file-entry></manifest"
        )

    return parts_changed(ods(SAMPLE), change)


def long_text_everywhere() -> bytes:
    """A text of 300 KB that every one of 2,000 rows points to: half a gigabyte out of a few kilobytes."""
    text = f"<sst><si><t>{'长' * 100_000}</t></si></sst>".encode()

    def change(name: str, content: bytes) -> bytes:
        if name.endswith("sharedStrings.xml"):
            return text.replace(
                b"<sst>", b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            )
        if name.endswith("sheet1.xml"):
            head, tail = content.split(b"<sheetData>")[0], content.split(b"</sheetData>")[1]
            rows = b"".join(
                b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 2001)
            )
            return head + b"<sheetData>" + rows + b"</sheetData>" + tail
        return content

    return parts_changed(with_shared_strings(), change)


#: What is handed over, and a word of what the user is told.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "random bytes": (lambda: random.Random(1).randbytes(20_000), "不是表格"),
    "random bytes behind a zip's head": (lambda: b"PK\x03\x04" + random.Random(2).randbytes(20_000), "损坏"),
    "random bytes behind an xls's head": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(3).randbytes(20_000),
        "损坏",
    ),
    "half a workbook": (lambda: xlsx(SAMPLE)[: len(xlsx(SAMPLE)) // 2], "损坏"),
    "half an xls": (lambda: xls(SAMPLE)[:1500], "损坏"),
    "300 MB in 300 KB": (lambda: bomb(300), "大得异常"),
    "a billion laughs in the sheet": (lambda: laughing("sheet1.xml"), "结构"),
    "a billion laughs in the workbook": (lambda: laughing("xl/workbook.xml"), "结构"),
    "a billion laughs in the shared strings": (lambda: laughing("sharedStrings.xml"), "结构"),
    "a billion laughs in an ods": (lambda: laughing("content.xml"), "结构"),
    "an outside file": (lambda: fetching("file:///etc/passwd"), "结构"),
    "an outside address": (lambda: fetching("http://169.254.169.254/latest"), "结构"),
    "an xls with a password": (encrypted_xls, "密码"),
    "an ods with a password": (encrypted_ods, "密码"),
    "an ods of 17 billion cells": (lambda: ods_bomb(1_048_576, 16_384), "离数据很远"),
    "an ods of too many columns": (lambda: ods_bomb(1, 20_000), "位置异常"),
    "half a gigabyte of one text": (long_text_everywhere, "内容过多"),
    "3,000 nested tags": (lambda: b"<html>" + b"<div>" * 3000 + b"<table><tr><td>1", "另存为"),
    "a cell over 100 million columns": (
        lambda: b'<html><table><tr><td colspan="100000000">1</td></tr></table></html>',
        "另存为",
    ),
    "text with NUL": (lambda: b"name,code\r\n" + b"a\x00b,1\r\n" * 2000, "编码"),
    "text with lone surrogates": (
        lambda: "名称,代码\n".encode("utf-16-le") + b"\x00\xd8,\x001\x00\n\x00",
        "编码",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_refused_in_one_sentence(saved: FileMaker, what: str) -> None:
    make, said = HOSTILE[what]
    with pytest.raises(SheetRejected, match=said) as refused:
        read_workbook(saved(make(), "台账.xlsx"))
    assert str(refused.value).endswith("。")
    assert "root:" not in str(refused.value)


@pytest.mark.parametrize("index", ["99999", "-1", "9" * 30])
def test_a_shared_string_that_is_not_there_harms_nobody(saved: FileMaker, index: str) -> None:
    """Refused, or read as a blank cell: which of the two is the parser's business."""
    try:
        rows = read_workbook(saved(shared_strings(index))).sheets[0].rows
    except SheetRejected as refused:
        assert "另存为" in str(refused)  # noqa: PT017
    else:
        assert rows[1][:2] == ["企业名称", "信用代码"]


def test_invisible_and_impossible_characters_are_dropped(saved: FileMaker, units: Units) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace("示例企业1<".encode(), "示_x0000_例\u202e企\u200b业_xD800_1<".encode(), 1)

    content = parts_changed(with_shared_strings(), change)
    read = batches.read_file(saved(content), ledgers.get("enterprises"), unit=units.township, period=None)
    name = read.rows[0].values["name"]
    assert not set(name) & {"\0", "\u202e", "\u200b", "\ud800"}
    assert (name[0], name[-1], len(read.rows)) == ("示", "1", 29)


def asked(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> Callable[..., str]:
    """Have ``read_workbook`` run another script in the reader's place; what it prints as a refusal comes back."""
    folder.mkdir()
    (folder / "__main__.py").write_text(script)
    monkeypatch.setattr(reading, "CHILD", folder)
    (folder / "file.csv").write_text("a,b\n")

    def run(**options: Any) -> str:
        with pytest.raises(SheetRejected) as refused:
            read_workbook(folder / "file.csv", **options)
        return str(refused.value)

    return run


def test_the_reader_knows_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    monkeypatch.setenv("DATABASE_URL", "postgres://do:not@tell/")
    script = "import json, os, sys; print(json.dumps({'rejected': json.dumps([dict(os.environ), sys.path])}))"
    environment, path = json.loads(asked(monkeypatch, tmp_path / "spy", script)())
    assert set(environment) <= {"PATH", "PYTHONUTF8", "LC_ALL", "RUST_BACKTRACE"}
    assert not any(Path(place, "manage.py").exists() for place in path)


def test_a_reader_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = asked(monkeypatch, tmp_path / "sleeper", "import time; time.sleep(600)")
    assert "无法读取" in run(seconds=1)


CONFINED = f"import sys; sys.path.insert(0, {str(CHILD)!r})\nfrom limits import confine\n"


@pytest.mark.parametrize(
    ("deed", "outcome"),
    [
        ("bytearray(3 << 30)", "MemoryError"),
        ("__import__('socket').create_connection(('127.0.0.1', 9))", "PermissionError"),
        ("__import__('subprocess').run(['true'])", "PermissionError"),
        ("__import__('os').fork()", "PermissionError"),
        ("open('left-behind', 'w').write('x' * 100000)", "OSError"),
        ("[open('/dev/null') for _ in range(200)]", "OSError"),
    ],
)
def test_the_reader_is_confined(tmp_path: Path, deed: str, outcome: str) -> None:
    script = (
        f"{CONFINED}confine(2048, 60)\n"
        f"try:\n    {deed}\nexcept BaseException as error:\n    print([kind.__name__ for kind in type(error).mro()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, cwd=tmp_path, check=False
    )
    assert f"'{outcome}'" in done.stdout.decode()
    assert all(path.stat().st_size == 0 for path in tmp_path.iterdir())


def test_a_reader_at_work_for_ever_runs_out_of_time() -> None:
    script = f"{CONFINED}confine(2048, 1)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-I", "-c", script], check=False)
    assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL)


# The same through the page.


@pytest.mark.parametrize(
    "what",
    [
        "random bytes",
        "half a workbook",
        "300 MB in 300 KB",
        "a billion laughs in the sheet",
        "an outside file",
        "an xls with a password",
        "an ods of 17 billion cells",
        "half a gigabyte of one text",
        "text with NUL",
    ],
)
def test_the_server_survives_it(client: Client, units: Units, settings: LazySettings, what: str) -> None:
    """Refused on the page or by the job, nothing kept; the next workbook is taken."""
    make, reason = HOSTILE[what]
    response = hand_over(client, make(), units)
    if response.status_code == 302:
        run_jobs()
        batch = ImportBatch.objects.get()
        assert batch.state == ImportBatch.State.FAILED
        said = page(client, batch)
    else:
        assert response.status_code == 422
        said = response.content.decode()
        assert not ImportBatch.objects.exists()
    assert reason in said
    kept = Path(settings.MEDIA_ROOT) / "imports"
    assert not kept.exists() or list(kept.iterdir()) == []
    assert hand_over(client, simple(company(1)), units).status_code == 302
    run_jobs()
    assert ImportBatch.objects.order_by("-pk")[0].state == ImportBatch.State.PREVIEWED


#: As sent by something that is no browser.
NAMES = [
    "../../../etc/passwd.xlsx",
    "..\\..\\windows\\system32\\台账.xlsx",
    "/etc/cron.d/台账.xlsx",
    "台\x00账.xlsx",
    "台账\u202exslx.exe",
    "长" * 300 + ".xlsx",
    "'; DROP TABLE x; --.xlsx",
    "\r\nSet-Cookie: a=b.xlsx",
    ".xlsx",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_only_a_text(client: Client, units: Units, settings: LazySettings, name: str) -> None:
    file = SimpleUploadedFile("x.xlsx", simple(company(1)))
    # As sent; the attribute of that name would tidy it.
    vars(file)["_name"] = name
    response = client.post(UPLOAD, {"file": file, "unit": units.township.pk})
    assert response.status_code == 302
    batch = ImportBatch.objects.get()
    assert len(batch.file_name) <= 100
    assert not set(batch.file_name) & set("/\\\0\r\n\u202e")
    assert Path(batch.upload.path).is_relative_to(settings.MEDIA_ROOT)
    run_jobs()
    assert page(client, batch)


def test_a_body_of_100_megabytes_is_refused(client: Client, units: Units) -> None:
    response = hand_over(client, b"PK\x03\x04" + bytes(100 << 20), units)
    assert response.status_code == 413
    assert "超过20MB" in response.content.decode()
    assert client.get(UPLOAD).status_code == 200


def test_1500_form_fields_are_refused(client: Client, units: Units) -> None:
    file = SimpleUploadedFile("x.xlsx", simple(company(1)))
    response = client.post(UPLOAD, {"file": file, **{f"field{number}": "x" for number in range(1500)}})
    assert response.status_code == 400
    assert not ImportBatch.objects.exists()
    assert client.get(UPLOAD).status_code == 200
