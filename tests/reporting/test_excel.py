"""The Excel annex, read back: figures with what they are compared with, and the records behind them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.computing import figures
from ledgers.indicators import indicators
from ledgers.models import User
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting import records
from reporting.documents.excel import RecordRow, RecordSheet, workbook
from reporting.documents.figures import TracedFigure, TracedFigures
from reporting.records import record_sheets
from tests.conftest import Units
from tests.reporting.documents import CLEANED, DOCUMENT, FIGURES, HOSTILE

YEAR = Period(2025)


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(sheet: Worksheet) -> list[tuple[Any, ...]]:
    """The rows below the title, the note and the header."""
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4)]


def facts(units: Units) -> TracedFigures:
    """Every figure of the township, as a document that prints all of them has it."""
    return {
        (code, "", ""): TracedFigure(
            code=code,
            label=figure.label,
            scope=units.township.name,
            period=str(YEAR),
            unit=figure.unit,
            value=figure.value,
            records=figure.records,
            hash="",
        )
        for code, figure in figures(units.township, YEAR).items()
    }


def sheets(units: Units, user: User | None = None) -> dict[str, list[RecordRow]]:
    found = record_sheets(units.township, YEAR, facts(units), user)
    return {sheet.title: list(sheet.rows) for sheet in found}


def test_every_figure_stands_beside_what_it_is_compared_with() -> None:
    sheet = opened(workbook(DOCUMENT, FIGURES, ()))["数字"]
    head = [cell.value for cell in sheet[3]]
    meetings, year_ago = (dict(zip(head, row, strict=True)) for row in rows(sheet))
    assert meetings == {
        "指标": "专题研究",
        "指标代码": "work.meetings",
        "单位": "东山镇",
        "期间": "2025年",
        "计量单位": "次",
        "数值": 3,
        "上期": 2,
        "上年同期": 2,
        "比上期增减": 1,
        "比上年同期增减": 1,
        "同比（%）": 50,
        "目标": 2,
        "记录数": 3,
        "记录校验码（SHA-256）": "ab12cd34ef56" + "0" * 52,
    }
    # Nothing is known of the year before, so nothing is said of it.
    assert (year_ago["数值"], year_ago["上年同期"], year_ago["同比（%）"]) == (2, None, None)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$3:$3", "B4")


def test_every_cell_of_a_table_is_ruled_and_none_is_written_for_its_rules_alone() -> None:
    amounts = tuple(None for _ in FIGURES)
    listed = (RecordRow(str(number), "镇", None, amounts, 1) for number in range(3))
    part = RecordSheet("记录", tuple(FIGURES.values()), listed, "")
    content = workbook(DOCUMENT, FIGURES, (part, RecordSheet("空", (), (), "")))
    figures_sheet, records_sheet, empty = opened(content).worksheets
    for sheet, area in ((figures_sheet, "A4:N5"), (records_sheet, "A4:F6")):
        (ruled,) = sheet.conditional_formatting
        assert str(ruled.sqref) == area == sheet.auto_filter.ref.replace("3:", "4:")
        (rule,) = ruled.rules
        assert rule.formula == ["TRUE"]
        sides = (rule.dxf.border.left, rule.dxf.border.right, rule.dxf.border.top, rule.dxf.border.bottom)
        assert {side.style for side in sides} == {"thin"}
    assert not list(empty.conditional_formatting)
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        written = files.read("xl/worksheets/sheet2.xml").decode()
    assert (written.count('<c r="A'), written.count('<c r="E'), written.count('<c r="F')) == (6, 1, 1)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "http://169.254.169.254/", "007", HOSTILE])
def test_text_is_text_whatever_it_begins_with(text: str) -> None:
    rows_of_text = (RecordRow(text, text, dt.date(2025, 1, 2), (text, Decimal("1.5")), 3),)
    part = RecordSheet(text, tuple(FIGURES.values()), rows_of_text, text)
    book = opened(workbook(DOCUMENT, FIGURES, (part, part)))
    _, first, second = book.worksheets
    assert first.title != second.title
    written = text.replace(HOSTILE, CLEANED)
    day = dt.datetime.combine(dt.date(2025, 1, 2), dt.time())
    assert [cell.value for cell in first[4]] == [written, written, day, 3, written, 1.5]
    for cell in (first["A1"], first["A2"], first["A4"]):
        assert (cell.value, cell.data_type, cell.hyperlink) == (written, "s", None)


@pytest.mark.django_db
def test_columns_of_records_add_up_to_their_figures(year_of_work: Units) -> None:
    known = facts(year_of_work)
    checked = 0
    for sheet in record_sheets(year_of_work.township, YEAR, known):
        listed = list(sheet.rows)
        for column, item in enumerate(sheet.figures):
            amounts = [row.amounts[column] for row in listed if row.amounts[column] is not None]
            assert len(amounts) == item.records, item.code
            measure = indicators.get(item.code).measure
            if measure.additive:
                assert sum(amounts) == item.value, item.code  # type: ignore[arg-type]
            elif measure.finish is None and measure.derive is None:
                assert len(set(amounts)) == item.value, item.code
            checked += 1
    assert checked > 15


@pytest.mark.django_db
def test_a_record_is_shown_as_its_list_shows_it(year_of_work: Units) -> None:
    listed = sheets(year_of_work)
    titles = [row.label for row in listed["工作活动"]]
    assert titles[0] == "meeting2025-10-03"
    enterprise = listed["非公企业"][0]
    assert (enterprise.label, enterprise.unit, enterprise.date) == ("堃喆玥曌犇机械厂", "上河村", None)
    assert (Decimal("120.50") in enterprise.amounts, enterprise.version) == (True, 1)


@pytest.mark.django_db
def test_a_user_finds_only_records_within_reach(
    year_of_work: Units, officer: User, clerk: User, neighbour_officer: User
) -> None:
    everything = sheets(year_of_work, officer)
    assert everything == sheets(year_of_work)
    own = sheets(year_of_work, clerk)
    assert own["信息报送"] == []  # the township's
    assert {row.unit for part in own.values() for row in part} == {"上河村"}
    assert not any(sheets(year_of_work, neighbour_officer).values())
    officer.role = "auditor"
    assert sheets(year_of_work, officer) == {}


@pytest.mark.django_db
def test_queries_do_not_grow_with_records(year_of_work: Units) -> None:
    counts = []
    for _ in range(2):
        known = facts(year_of_work)
        with CaptureQueriesContext(connection) as captured:
            for sheet in record_sheets(year_of_work.township, YEAR, known):
                list(sheet.rows)
        counts.append(len(captured))
        for number in range(20):
            day = dt.date(2025, 3, 1 + number)
            Activity.objects.create(unit=year_of_work.village, kind="visit", held_on=day, title="走访")
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_long_list_is_cut_for_each_figure_and_says_so(
    year_of_work: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LISTED", 2)
    monkeypatch.setattr(records, "_CHUNK", 1)
    known = facts(year_of_work)
    activities = next(
        sheet for sheet in record_sheets(year_of_work.township, YEAR, known) if sheet.title == "工作活动"
    )
    assert "每个指标最多列出2条，专题研究共3条，全部记录请从台账导出。" in activities.note
    listed = list(activities.rows)
    # Two of three meetings, and the one visit and the one training, which are older than all of them but one.
    assert [row.label for row in listed] == [
        "meeting2025-10-03",
        "meeting2025-06-03",
        "training2025-05-08",
        "visit2025-01-20",
    ]
