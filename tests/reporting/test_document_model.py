from __future__ import annotations

import datetime as dt

import pytest

from reporting.charts import ChartSpec, Series
from reporting.documents import model
from reporting.documents.html import body_html, printed_html, web_html
from reporting.documents.model import FigureRun, Heading, Paragraph, text

DOCUMENT = model.Document(
    name="东山镇2025年统一战线工作总结",
    office="东山镇",
    date=dt.date(2026, 1, 5),
    blocks=(
        model.Title(("东山镇", "2025年统一战线工作总结")),
        model.Addressee("县委统战部"),
        Heading(1, "基本情况"),
        Paragraph(
            text(
                "专题研究",
                FigureRun("work.meetings", "3次"),
                "，上年",
                FigureRun("work.meetings", "2次", "2024"),
            )
        ),
        model.Chart(
            ChartSpec("bar", "对比", "次", ("专题研究", "走访"), (Series("2025年", (3, None)),)),
            "条形图",
            model.Table(
                "数据", (model.Column("指标"), model.Column("数", "right")), ((text("a"), text("3")),)
            ),
        ),
        model.AnnexNote(("数据表",)),
        model.Signature("东山镇", dt.date(2026, 1, 5)),
        model.PageBreak(),
        model.Annex("附件", "数据表"),
    ),
    keywords=("统一战线",),
)


def test_document_survives_json() -> None:
    assert model.from_json(model.to_json(DOCUMENT)) == DOCUMENT


@pytest.mark.parametrize(
    "stored",
    [
        {"type": "Missile"},
        {"type": "Heading", "level": 1},
        {"date": "tomorrow"},
        {"type": "TextRun", "x": 1},
        {},
    ],
)
def test_foreign_json_is_refused(stored: object) -> None:
    with pytest.raises(model.DocumentError):
        model.from_json(stored)


def test_figure_codes_are_those_printed_in_order_and_once() -> None:
    assert DOCUMENT.figure_codes() == ["work.meetings"]


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (47, "四十七"), (99, "九十九")],
)
def test_chinese_numbers(number: int, written: str) -> None:
    assert model.chinese_number(number) == written


def test_headings_are_marked_as_the_standard_says_and_counted_anew_below_each_heading() -> None:
    levels = [1, 2, 2, 3, 4, 4, 3, 1, 2]
    marks = model.numbers([Heading(level, "") for level in levels])
    assert list(marks.values()) == [
        "一、",
        "（一）",
        "（二）",
        "1.",
        "（1）",
        "（2）",
        "2.",
        "二、",
        "（一）",
    ]


def test_whatever_a_ledger_says_appears_as_it_was_written() -> None:
    hostile = "<script>alert(1)</script>{{7*7}}{% now %} a<b & c\"'"
    blocks = (
        model.Title((hostile,)),
        Heading(1, hostile),
        Paragraph(text(hostile, FigureRun("a", hostile))),
        model.Table(hostile, (model.Column(hostile),), ((text(hostile),),)),
        model.Signature(hostile, dt.date(2026, 1, 1)),
    )
    html = printed_html(model.Document(hostile, hostile, dt.date(2026, 1, 1), blocks))
    assert "<script" not in html
    assert html.count("{{7*7}}") == html.count("&lt;script&gt;") >= 7


def test_on_screen_every_number_is_a_link_and_the_page_keeps_its_only_h1() -> None:
    html = web_html(DOCUMENT, {}, lambda run: f"/x/{run.code}/{run.period}")
    assert (
        '<a class="traced" href="/x/work.meetings/"><span class="whole">3</span><span class="whole">次</span></a>'
        in html
    )
    assert 'href="/x/work.meetings/2024"' in html
    assert "<h1" not in html
    assert "style=" not in html
    assert "<h1" in printed_html(DOCUMENT)


def test_on_paper_a_table_has_what_paper_needs_and_no_more() -> None:
    forms = text(
        FigureRun("a", "10066条"),
        "、",
        FigureRun("a", "0.1%"),
        "、",
        FigureRun("a", "1234567890.12万元人民币"),
    )
    columns = (model.Column("数字"), model.Column("2025年上半年", "right"))
    rows = ((forms, text(FigureRun("a", "3次"))), (text(FigureRun("a", "10066条")), text("—")))
    html = printed_html(
        model.Document("总结", "镇", dt.date(2026, 1, 1), (model.Table("表", columns, rows),))
    )
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    # A number keeps its unit beside it; a long one may be broken between the two.
    of_forms, short = body.splitlines()
    assert of_forms == (
        '<tr><td><span class="whole">10066条</span>、<span class="whole">0.1%</span>、'
        '<span class="whole">1234567890.12</span><span class="whole">万元人民币</span></td>'
        '<td class="align-right">3次</td></tr>'
    )
    assert short == '<tr><td>10066条</td><td class="align-right">—</td></tr>'
    assert '<th><span class="whole">2025年</span><span class="whole">上半年</span></th>' in html
    assert "role=" not in html
    assert "data-label" not in html


def test_annexes_are_sections_that_close() -> None:
    html = body_html(DOCUMENT)
    assert html.count("<section") == html.count("</section>") == 1
