"""The printed page, measured: GB/T 9704-2012 as docs and reports rely on it."""

from __future__ import annotations

import datetime as dt
import io
from itertools import pairwise
from typing import Any

import pdfplumber
import pikepdf
import pytest

from reporting.charts import ChartSpec, Series
from reporting.documents import model
from reporting.documents.model import FigureRun, text
from reporting.documents.pdf import Pdf, render_pdf
from tests.reporting import documents
from tests.reporting.conftest import glyphs

MM = 72 / 25.4
RARE = "堃喆玥曌犇"
#: A code point for private use, which no font has.
NOWHERE = "\U0010fffd"
SENTENCE = "深入学习贯彻党的统一战线工作方针政策团结引导各方面人士服务全镇发展大局"


def _document() -> model.Document:
    table = model.Table(
        "主要数据",
        (model.Column("指标"), model.Column("数值", "right")),
        tuple((text(f"指标{n}"), text(FigureRun("a.b", str(n)))) for n in range(60)),
    )
    chart = model.Chart(
        ChartSpec("bar", "对比", "次", ("专题研究", "走访"), (Series("2025年", (3.0, 5.0)),)),
        "条形图：研究3次",
        table,
    )
    return model.Document(
        name="东山镇2025年统一战线工作总结",
        office="东山镇",
        date=dt.date(2026, 1, 5),
        blocks=(
            model.Title(("东山镇2025年统一战线工作总结",)),
            model.Heading(1, "基本情况"),
            model.Heading(2, "组织领导"),
            model.Heading(3, "第三级"),
            model.Paragraph(
                text(f"法定代表人{RARE}和{NOWHERE}，", FigureRun("a.b", "12345万元"), "，a<b & c。")
            ),
            model.Paragraph(text(SENTENCE * 50)),
            model.AnnexNote(("数据表", "图")),
            model.Signature("东山镇", dt.date(2026, 1, 5)),
            model.Annex("附件1", "数据表"),
            table,
            model.Annex("附件2", "图"),
            chart,
        ),
        keywords=("统一战线",),
    )


@pytest.fixture(scope="module")
def pdf() -> Pdf:
    return render_pdf(_document())


@pytest.fixture(scope="module")
def pages(pdf: Pdf) -> list[Any]:
    with pdfplumber.open(io.BytesIO(pdf.content)) as opened:
        found = list(opened.pages)
        for page in found:
            _ = page.chars  # read while the file is open
        return found


def body(page: Any) -> list[dict[str, Any]]:
    """Characters inside the text block."""
    return [char for char in page.chars if char["top"] < 262 * MM]


def lines(page: Any) -> list[list[dict[str, Any]]]:
    """Characters of the text block by line, from the top; a rare character stands on its line's own height."""
    found: list[list[dict[str, Any]]] = []
    for char in sorted(body(page), key=lambda char: (round(char["top"] / 28.95), char["x0"])):
        if found and abs(found[-1][0]["top"] - char["top"]) < 10:
            found[-1].append(char)
        else:
            found.append([char])
    return found


def folio(page: Any) -> list[dict[str, Any]]:
    return [char for char in page.chars if char["top"] >= 262 * MM and char["text"].strip()]


def words(line: list[dict[str, Any]]) -> str:
    return "".join(char["text"] for char in line)


def fonts(line: list[dict[str, Any]]) -> set[str]:
    return {char["fontname"].partition("+")[2] for char in line}


def test_every_page_is_a4(pages: list[Any], pdf: Pdf) -> None:
    assert len(pages) == pdf.pages >= 5
    for page in pages:
        assert (float(page.width) / MM, float(page.height) / MM) == pytest.approx((210, 297), abs=0.1)


def test_a_full_page_has_22_lines_of_28_characters_on_the_grid(pages: list[Any]) -> None:
    full = lines(pages[1])
    assert len(full) == 22
    assert [len(line) for line in full] == [28] * 22
    tops = [line[0]["top"] for line in full]
    assert [b - a for a, b in pairwise(tops)] == pytest.approx([28.95] * 21, abs=0.05)
    assert {round(char["size"], 2) for line in full for char in line} == {16}


def test_text_block_is_156_by_225_mm_in_its_margins(pages: list[Any]) -> None:
    full = lines(pages[1])
    left = min(line[0]["x0"] for line in full)
    right = max(line[-1]["x0"] + 15.79 for line in full)
    assert left / MM == pytest.approx(28, abs=0.1)
    assert right / MM == pytest.approx(210 - 26, abs=0.2)
    # The type stands in the middle of its line.
    half_leading = (28.95 - 16) / 2
    assert (full[0][0]["top"] - half_leading) / MM == pytest.approx(37, abs=0.5)
    assert (full[-1][0]["bottom"] + half_leading) / MM == pytest.approx(297 - 35, abs=0.8)


def test_title_stands_centred_below_two_blank_lines(pages: list[Any]) -> None:
    title = lines(pages[0])[0]
    assert words(title) == "东山镇2025年统一战线工作总结"
    assert {round(char["size"], 1) for char in title} == {22}
    middle = (title[0]["x0"] + title[-1]["x1"]) / 2
    assert middle / MM == pytest.approx(28 + 78, abs=0.5)
    assert (title[0]["top"] - 37 * MM) // 28.95 == 2


def test_headings_and_body_have_their_faces_and_the_indent_of_two_characters(pages: list[Any]) -> None:
    first = lines(pages[0])
    texts = [words(line) for line in first]
    assert texts[1:4] == ["一、基本情况", "（一）组织领导", "1.第三级"]
    level_1, level_2, level_3 = (fonts(first[number]) for number in (1, 2, 3))
    assert not level_1 & level_2
    assert not level_2 & level_3
    body_face = fonts(lines(pages[1])[5])
    assert len(body_face) == 1
    assert level_3 == body_face
    for line in first[1:5]:
        assert line[0]["x0"] - 28 * MM == pytest.approx(2 * 15.79, abs=0.1)


def test_page_numbers_stand_outside_in_14_point_song_between_dashes(pages: list[Any]) -> None:
    for number, page in enumerate(pages, start=1):
        marks = folio(page)
        assert words(marks) == f"—{number}—"
        assert {round(char["size"], 1) for char in marks} == {14}
        assert "Song" in fonts(marks).pop() or "Serif" in fonts(marks).pop()
        if number % 2:
            assert (210 - 26) * MM - marks[-1]["x1"] == pytest.approx(14, abs=0.5)
        else:
            assert marks[0]["x0"] - 28 * MM == pytest.approx(14, abs=0.5)
        # 7 mm from the text block to the top of the digits, which is 2.3 pt below the top of the type.
        assert (marks[1]["top"] + 2.3 - 262 * MM) / MM == pytest.approx(7, abs=0.3)


def test_a_rare_character_leaves_its_line_on_the_grid(pages: list[Any]) -> None:
    plain = lines(pages[0])[1:]
    tops = [min(c["top"] for c in line if "Noto" not in c["fontname"]) for line in plain]
    assert [b - a for a, b in pairwise(tops)] == pytest.approx([28.95] * (len(tops) - 1), abs=0.05)


def test_rare_characters_are_there_and_no_box_is_printed(pdf: Pdf, pages: list[Any]) -> None:
    said = "".join(page.extract_text() for page in pages)
    assert RARE in said
    assert pdf.replaced == ("U+10FFFD",)
    assert f"{RARE}和〓" in said
    shown = list(glyphs(pdf.content))
    assert len(shown) > 2000
    assert not [glyph for glyph in shown if glyph.number == 0]
    empty = {(glyph.font, glyph.number) for glyph in shown if not glyph.has_outline}
    # Only spaces draw nothing: at most one of them in each font.
    assert len(empty) == len({font for font, _ in empty})


def test_neither_a_number_nor_its_unit_is_broken_between_lines() -> None:
    paragraphs = tuple(
        model.Paragraph(text("字" * length, FigureRun("a.b", "12345678万元"), "，完。"))
        for length in range(17, 28)
    )
    built = render_pdf(model.Document("数", "镇", dt.date(2026, 1, 5), paragraphs))
    with pdfplumber.open(io.BytesIO(built.content)) as opened:
        said = [words(line) for page in opened.pages for line in lines(page)]
    assert sum("12345678" in line for line in said) == len(paragraphs), said
    assert sum("万元" in line for line in said) == len(paragraphs), said
    assert not [line for line in said if line[0] in "，。；：、）”"]


def test_signature_follows_the_rule_without_a_seal(pages: list[Any]) -> None:
    page = next(page for page in pages if "2026年1月5日" in page.extract_text())
    found = {words(line): line for line in lines(page)}
    office, date = found["东山镇"], found["2026年1月5日"]
    assert date[0]["x0"] - office[0]["x0"] == pytest.approx(2 * 15.79, abs=0.1)
    right = max(office[-1]["x1"], date[-1]["x1"])
    assert (210 - 26) * MM - right == pytest.approx(2 * 15.79, abs=0.6)
    assert "附件：1.数据表" in found
    assert found["2.图"][0]["x0"] == pytest.approx(found["附件：1.数据表"][3]["x0"], abs=0.2)


def test_table_header_repeats_and_numbers_are_right_aligned(pages: list[Any]) -> None:
    with_table = [
        page for page in pages if "指标59" in page.extract_text() or "指标3\n" in page.extract_text()
    ]
    assert len(with_table) >= 2
    for page in with_table:
        assert "指标数值" in page.extract_text().replace(" ", "")
        edges = {
            round(char["x1"])
            for char in body(page)
            if char["size"] == 10.5 and char["text"].isdigit() and char["x0"] > 350
        }
        assert len(edges) <= 8  # units, tens: one right edge each, not one a row


def test_file_is_tagged_titled_and_has_bookmarks(pdf: Pdf) -> None:
    with pikepdf.open(io.BytesIO(pdf.content)) as document:
        assert str(document.Root.Lang) == "zh-CN"
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        assert str(document.docinfo["/Title"]) == "东山镇2025年统一战线工作总结"
        assert str(document.docinfo["/Author"]) == "东山镇"
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
        with document.open_outline() as outline:
            root = outline.root[0]
            assert root.title == "东山镇2025年统一战线工作总结"
            assert [item.title for item in root.children] == ["一、基本情况", "数据表", "图"]
            assert [item.title for item in root.children[0].children] == ["（一）组织领导"]
        alternatives = [
            str(o.Alt) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o
        ]
        assert alternatives == ["条形图：研究3次"]


def test_file_meets_what_can_be_told_of_pdf_ua_by_a_program(pdf: Pdf) -> None:
    """ISO 14289-1: 7.1 title shown, 7.3 alternatives, 7.5 headers with a scope; and the pages' printed numbers."""
    with pikepdf.open(io.BytesIO(pdf.content)) as document:
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert [str(entry) for entry in document.Root.PageLabels.Nums[1].values()] == ["/D", "1"]
        elements: dict[str, list[pikepdf.Object]] = {}
        for found in document.objects:
            if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/StructElem":
                elements.setdefault(str(found.S), []).append(found)
        assert {str(cell.A.Scope) for cell in elements["/TH"]} == {"/Column"}
        headers = {str(cell.ID) for cell in elements["/TH"]}
        assert all({str(each) for each in cell.A.Headers} <= headers for cell in elements["/TD"])
        (figure,) = elements["/Figure"]
        left, bottom, right, top = (float(edge) for edge in figure.A.BBox)
        # In the text block, the right way up: measured in points from the page's foot.
        assert (left / MM, right / MM) == pytest.approx((28, 184), abs=0.5)
        assert 35 * MM < bottom < top < 260 * MM
        for page in document.pages:
            assert page.get("/StructParents") is not None
            assert page.get("/Tabs") == "/S"


def test_every_text_is_printed_as_it_was_written() -> None:
    built = render_pdf(documents.DOCUMENT)
    with pdfplumber.open(io.BytesIO(built.content)) as opened:
        said = "".join("".join(page.extract_text().split()) for page in opened.pages)
    written = documents.CLEANED.replace(" ", "")
    assert said.count(written) > 60
    with pikepdf.open(io.BytesIO(built.content)) as document:
        assert f"条形图：专题研究3次{documents.CLEANED}" in [
            str(o.Alt) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o
        ]


def test_no_row_or_two_of_a_table_stand_alone_on_a_page() -> None:
    counts = range(22, 30)
    annexes = [
        block
        for count in counts
        for block in (
            model.Annex(f"附件{count}", "数据表"),
            model.Table(
                "主要数据",
                (model.Column("指标"), model.Column("数值", "right")),
                tuple((text("每行"), text(str(n))) for n in range(count)),
            ),
        )
    ]
    document = model.Document(
        name="数据表", office="东山镇", date=dt.date(2026, 1, 5), blocks=tuple(annexes), keywords=()
    )
    with pdfplumber.open(io.BytesIO(render_pdf(document).content)) as opened:
        rows = [len(page.search("每行")) for page in opened.pages]
    assert sum(rows) == sum(counts)
    # Some fit, some go over.
    assert len(counts) < len(rows) < 2 * len(counts)
    assert min(rows) >= 3, rows
