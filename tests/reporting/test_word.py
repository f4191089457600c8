"""The Word file, read back from its XML: the page of the standard, styles, and texts as they were written."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from reporting.documents import model
from reporting.documents.word import word
from tests.reporting.documents import CLEANED, DATE, DOCUMENT, FIGURES, SENTENCE, TITLE

FACES = {
    "Normal": "仿宋_GB2312",
    "Body Text": "仿宋_GB2312",
    "Title": "方正小标宋简体",
    "Heading 1": "黑体",
    "Heading 2": "楷体_GB2312",
    "Heading 3": "仿宋_GB2312",
    "Heading 4": "仿宋_GB2312",
    "Footer": "宋体",
}
TWIPS = 635


@pytest.fixture(scope="module")
def content() -> bytes:
    return word(DOCUMENT, FIGURES)


@pytest.fixture(scope="module")
def opened(content: bytes) -> WordDocument:
    return docx.Document(io.BytesIO(content))


def styled(opened: WordDocument, name: str) -> list[str]:
    return [each.text for each in opened.paragraphs if each.style is not None and each.style.name == name]


def attribute(element: Any, path: str, name: str) -> str:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    assert found is not None, path
    return str(found.get(qn(name)))


def test_page_holds_22_lines_of_28_characters_in_the_margins_of_the_standard(opened: WordDocument) -> None:
    section = opened.sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(margin.mm) for margin in margins if margin is not None] == [37, 35, 28, 26]
    width = (section.page_width - (section.left_margin or 0) - (section.right_margin or 0)) / TWIPS
    height = (section.page_height - (section.top_margin or 0) - (section.bottom_margin or 0)) / TWIPS
    normal = opened.styles["Normal"].element
    line = int(attribute(normal, "w:pPr/w:spacing", "w:line"))
    assert (line, attribute(normal, "w:pPr/w:spacing", "w:lineRule")) == (579, "exact")
    assert height // line == 22
    pitch = int(attribute(normal, "w:rPr/w:sz", "w:val")) * 10 + int(
        attribute(normal, "w:rPr/w:spacing", "w:val")
    )
    assert width // pitch == 28
    assert attribute(section._sectPr, "w:docGrid", "w:linePitch") == "579"
    body = opened.styles["Body Text"].element
    assert attribute(body, "w:pPr/w:ind", "w:firstLineChars") == "200"


def test_every_style_names_its_chinese_face(opened: WordDocument) -> None:
    faces = {}
    for style in opened.styles:
        if style.type == 4:  # a numbering style has no face
            continue
        fonts = style.element.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
        assert fonts is not None, style.name
        named = {fonts.get(qn(f"w:{kind}")) for kind in ("eastAsia", "ascii", "hAnsi", "cs")}
        assert len(named) == 1, style.name
        assert not [key for key in fonts.attrib if "heme" in str(key)]
        faces[style.name] = named.pop()
    assert FACES.items() <= faces.items()


def test_headings_are_real_ones_with_the_marks_of_the_standard(opened: WordDocument) -> None:
    assert [styled(opened, f"Heading {level}") for level in (1, 2, 3, 4)] == [
        ["一、基本情况"],
        ["（一）组织领导"],
        ["1.第三级"],
        [f"（1）第四级{CLEANED}"],
    ]
    levels = [
        attribute(opened.styles[f"Heading {level}"].element, "w:pPr/w:outlineLvl", "w:val")
        for level in (1, 2, 3, 4)
    ]
    assert levels == ["0", "1", "2", "3"]
    assert attribute(opened.styles["附件标题"].element, "w:pPr/w:outlineLvl", "w:val") == "0"


def test_texts_come_out_as_they_were_written(content: bytes, opened: WordDocument) -> None:
    assert any(text.startswith(f"{CLEANED}召开会议3次") for text in styled(opened, "Body Text"))
    assert opened.tables[0].cell(1, 0).text == f"指标0{CLEANED}"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        written = archive.read("word/document.xml").decode()
        # No field but the page number, nothing that fetches from elsewhere.
        assert "<script" not in written
        relations = b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".rels"))
        assert b"External" not in relations
        assert not [name for name in archive.namelist() if "thumbnail" in name]


def test_page_number_stands_outside_with_each_part_of_the_field_in_a_run_of_its_own(
    opened: WordDocument,
) -> None:
    assert opened.settings.odd_and_even_pages_header_footer
    section = opened.sections[0]
    for footer, side, indent in (
        (section.footer, "right", "right"),
        (section.even_page_footer, "left", "left"),
    ):
        (paragraph,) = footer.paragraphs
        assert attribute(paragraph._p, "w:pPr/w:jc", "w:val") == side
        assert attribute(paragraph._p, "w:pPr/w:ind", f"w:{indent}") == "280"
        parts = [
            [(child.tag.rpartition("}")[2], child.get(qn("w:fldCharType")), child.text) for child in run._r]
            for run in paragraph.runs
        ]
        assert parts == [
            [("t", None, "— ")],
            [("fldChar", "begin", None)],
            [("instrText", None, " PAGE ")],
            [("fldChar", "separate", None)],
            [("t", None, "1")],
            [("fldChar", "end", None)],
            [("t", None, " —")],
        ]


def test_tables_repeat_their_header_keep_their_rows_and_align_numbers_right(opened: WordDocument) -> None:
    table = opened.tables[0]
    first, second = table.rows[0]._tr, table.rows[1]._tr
    assert first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    assert second.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None
    assert second.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None
    aligned = [attribute(cell.paragraphs[0]._p, "w:pPr/w:jc", "w:val") for cell in table.rows[1].cells]
    assert aligned == ["left", "center", "right"]
    assert sum(int(attribute(cell._tc, "w:tcPr/w:tcW", "w:w")) for cell in table.rows[1].cells) == 8844
    rules = opened.styles["Table Grid"].element.find(f"{qn('w:tblPr')}/{qn('w:tblBorders')}")
    # w:sz counts eighths of a point: 0.5 pt.
    assert {rule.get(qn("w:sz")) for rule in rules} == {"4"}
    # The title stands above its table.
    assert table._tbl.getprevious().find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")) == "Caption"


def test_a_chart_is_a_picture_that_says_what_it_shows(opened: WordDocument) -> None:
    (shape,) = opened.inline_shapes
    assert shape._inline.docPr.get("descr") == f"条形图：专题研究3次{CLEANED}"
    assert round(shape.width.mm) == 150
    assert 20 < shape.height.mm < 60
    part = opened.part.related_parts[shape._inline.graphic.graphicData.pic.blipFill.blip.embed]
    assert part.blob.startswith(b"\x89PNG")


def test_annexes_begin_on_new_pages_and_the_index_is_the_last(opened: WordDocument) -> None:
    assert styled(opened, "附件序号") == ["附件1", "附件2", "附件3"]
    assert styled(opened, "附件标题") == ["数据表", "图", "数字索引"]
    assert styled(opened, "附件说明") == ["附件：1.数据表", "2.图", "3.数字索引"]
    label = opened.styles["附件序号"].element
    assert label.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None
    index = opened.tables[-1]
    rows = [[cell.text for cell in row.cells] for row in index.rows]
    assert rows[0] == ["印出的数字", "指标", "期间", "记录数", "校验码"]
    assert rows[1][0].startswith("3次、0、1、2、3、4")
    assert rows[1][1:] == ["专题研究", "2025年", "3", "ab12 cd34 ef56"]
    assert rows[2] == ["2次", "专题研究", "2024年", "2", "9999 9999 9999"]
    # Nothing is known of it, and nothing is made up.
    assert rows[3] == ["5次", "work.trainings", "—", "—", "—"]


def test_no_page_is_empty_and_none_has_a_signature_without_text(opened: WordDocument) -> None:
    labels = [each for each in opened.paragraphs if each.style and each.style.name == "附件序号"]
    before = [label._p.getprevious().tag.rpartition("}")[2] for label in labels]
    # An annex begins a page: an empty line after a table that fills the last one would take a page of its own.
    assert before == ["p", "tbl", "tbl"]
    ending = opened.paragraphs[-1]
    assert ending.text == ""
    assert ending.style is not None
    assert ending.style.paragraph_format.line_spacing == Pt(1)
    places = {each.text: number for number, each in enumerate(opened.paragraphs)}
    text, note, office = (places[each] for each in (SENTENCE * 20, "附件：1.数据表", "东山镇"))
    assert note == text + 1
    # A keep is on the paragraph or on its style, as the program that opens the file takes it.
    kept = [keeps(each) for each in opened.paragraphs[text : office + 1]]
    assert kept == [True] * len(kept)


def keeps(paragraph: Paragraph) -> bool:
    """Whether the paragraph stays on the page of the one after it."""
    own = paragraph.paragraph_format.keep_with_next
    style = paragraph.style
    return bool(style.paragraph_format.keep_with_next if own is None and style is not None else own)


def test_signature_ends_two_characters_from_the_edge(opened: WordDocument) -> None:
    office, date = (each for each in opened.paragraphs if each.style and each.style.name == "Signature")
    assert (office.text, date.text) == ("东山镇", "2026年1月5日")
    left, right = office.paragraph_format.left_indent, date.paragraph_format.left_indent
    assert left is not None
    assert right is not None
    assert (right - left) / TWIPS == pytest.approx(2 * 315, abs=1)


def test_properties_say_what_the_file_is(opened: WordDocument) -> None:
    properties = opened.core_properties
    assert (properties.title, properties.author, properties.language) == (TITLE, "东山镇", "zh-CN")
    assert properties.created is not None
    assert properties.created.date() == DATE
    assert properties.comments == ""
    languages = opened.styles.element.find(
        f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}"
    )
    # Digits and letters are of no Chinese language: LibreOffice would break a number between any two digits.
    assert (languages.get(qn("w:eastAsia")), languages.get(qn("w:val"))) == ("zh-CN", "en-US")


def test_a_lone_annex_has_no_number() -> None:
    blocks = (model.Paragraph(DOCUMENT.blocks[6].runs), model.AnnexNote(()))  # type: ignore[union-attr]
    opened = docx.Document(io.BytesIO(word(model.Document("总结", "镇", DATE, blocks), FIGURES)))
    assert styled(opened, "附件序号") == ["附件"]
    assert styled(opened, "附件说明") == ["附件：数字索引"]
