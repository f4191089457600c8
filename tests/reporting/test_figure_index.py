"""The index at the end of a printed report: from every number to its records."""

from __future__ import annotations

import pytest

from ledgers.periods import Period
from reporting.documents import model
from reporting.documents.figures import figure_index, key, with_index
from reporting.documents.model import FigureRun, plain, text
from reporting.evidence import record_hashes
from reporting.services import build_report
from reporting.traced import traced_figures
from tests.conftest import Units
from tests.reporting.documents import DOCUMENT, FIGURES

pytestmark = pytest.mark.each_database

YEAR = Period(2025)


def document(*runs: FigureRun) -> model.Document:
    return model.Document("", "", YEAR.last_day, (model.Paragraph(text(*runs)),))


def rows(table: model.Table | None) -> list[list[str]]:
    assert table is not None
    return [[plain(cell) for cell in row] for row in table.rows]


def test_each_figure_has_one_row_with_every_form_of_its_number() -> None:
    first, second, third = rows(figure_index(DOCUMENT, FIGURES))
    assert first[0].startswith("3次、0、1、2")
    assert first[1:] == ["专题研究", "2025年", "3", "ab12 cd34 ef56"]
    assert second == ["2次", "专题研究", "2024年", "2", "9999 9999 9999"]
    assert third == ["5次", "work.trainings", "—", "—", "—"]


def test_units_have_a_column_where_the_document_prints_numbers_of_several() -> None:
    printed = document(FigureRun("work.meetings", "3次"), FigureRun("work.meetings", "1", "", "330281101201"))
    table = figure_index(printed, FIGURES)
    assert table is not None
    assert [column.label for column in table.columns] == [
        "印出的数字", "指标", "单位", "期间", "记录数", "校验码",
    ]  # fmt: skip
    assert [row[2] for row in rows(table)] == ["东山镇", "330281101201"]


def test_a_document_without_numbers_has_no_index() -> None:
    assert with_index(document(), FIGURES) == document()


def test_the_note_below_the_body_names_the_index_and_the_annexes_are_numbered_anew() -> None:
    indexed = with_index(DOCUMENT, FIGURES)
    annexes = [block for block in indexed.blocks if isinstance(block, model.Annex)]
    assert [(annex.label, annex.title) for annex in annexes] == [
        ("附件1", "数据表"),
        ("附件2", "图"),
        ("附件3", "数字索引"),
    ]
    note = next(block for block in indexed.blocks if isinstance(block, model.AnnexNote))
    assert note.titles == ("数据表", "图", "数字索引")


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_pdf")
def test_kept_figures_go_by_what_the_document_calls_them(year_of_work: Units) -> None:
    town = year_of_work.township
    report = build_report(unit=town, period=YEAR, kind="annual", user=None)
    figures = traced_figures(report.figures.select_related("scope"), town, YEAR)
    this, last = figures["work.meetings", "", ""], figures["work.meetings", "2024", ""]
    assert (this.value, this.records, this.same_period_last_year, this.target) == (3, 3, 2, 2)
    assert (last.value, last.records, last.period, last.scope) == (2, 2, "2024", "东山镇")
    assert this.hash == record_hashes(town, YEAR, ["work.meetings"])["work.meetings"] != last.hash
    # Each number that is printed is known.
    index = figure_index(report.content, figures)
    assert index is not None
    assert {plain(row[-1]) for row in index.rows}.isdisjoint({"—"})
    # A report on the county prints numbers of its townships, which go by their codes.
    above = build_report(unit=year_of_work.county, period=YEAR, kind="annual", user=None)
    of_units = traced_figures(above.figures.select_related("scope"), year_of_work.county, YEAR)
    assert of_units["work.meetings", "", town.code].value == 3
    assert set(map(key, above.content.figure_runs())) <= set(of_units)
