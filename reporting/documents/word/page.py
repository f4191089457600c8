"""The sheet: A4 with the margins and the page numbers of GB/T 9704-2012, and what the file says about itself."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Twips
from docx.text.paragraph import Paragraph

from reporting.documents import model
from reporting.documents.word.styles import LINE

#: 156 mm, the width of the text block.
TEXT_WIDTH: Final = 8844
#: One character of the page number's 14 pt: it stands that far from the edge of the text block.
_FOLIO_INDENT: Final = Twips(280)


def lay_out(document: WordDocument) -> None:
    """Paper, margins, line grid and page numbers."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance = Mm(15)
    # 7.5: the number stands 7 mm below the text block; its line of 14 pt ends this far above the paper's edge.
    section.footer_distance = Mm(22.8)
    grid: Any = section._sectPr.find(qn("w:docGrid"))
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(LINE))
    document.settings.odd_and_even_pages_header_footer = True
    odd, even = section.footer, section.even_page_footer
    for footer in (odd, even):
        footer.is_linked_to_previous = False
    _page_number(odd.paragraphs[0], right=True)
    _page_number(even.paragraphs[0], right=False)
    _settle(document)


def describe(document: WordDocument, content: model.Document) -> None:
    """Title, office, language and dates in the file's properties."""
    written = dt.datetime.combine(content.date, dt.time(), tzinfo=dt.UTC)
    properties = document.core_properties
    properties.title = content.name[:255]
    properties.author = properties.last_modified_by = content.office[:255]
    properties.keywords = "，".join(content.keywords)[:255]
    properties.language = "zh-CN"
    properties.comments = ""
    properties.revision = 1
    properties.created = properties.modified = written


def _page_number(paragraph: Paragraph, *, right: bool) -> None:
    """``— 1 —``: outside, on the right of odd pages and on the left of even ones, one character in."""
    paragraph.style = "footer"
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = _FOLIO_INDENT
    else:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
        paragraph.paragraph_format.left_indent = _FOLIO_INDENT
    paragraph.add_run("— ")
    # WPS shows a field only when each of its parts has a run of its own.
    for kind in ("begin", "instruction", "separate", "result", "end"):
        run = paragraph.add_run("1" if kind == "result" else "")
        if kind != "result":
            run._r.append(_field_part(kind))
    paragraph.add_run(" —")


def _field_part(kind: str) -> Any:
    if kind == "instruction":
        instruction = OxmlElement("w:instrText")
        instruction.set(qn("xml:space"), "preserve")
        instruction.text = " PAGE "
        return instruction
    character = OxmlElement("w:fldChar")
    character.set(qn("w:fldCharType"), kind)
    return character


def _settle(document: WordDocument) -> None:
    """Settings of the template that belong to another language and an older program."""
    settings = document.settings.element
    for language in settings.iter(qn("w:themeFontLang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
    for identifiers in settings.findall(qn("w:rsids")):
        settings.remove(identifiers)
    _drop(document.part.rels, "stylesWithEffects")
    _drop(document.part.package.rels, "thumbnail")


def _drop(relations: Any, kind: str) -> None:
    """Leave out what the template carries along: styles that are replaced, a picture of its own first page."""
    for key in [key for key, relation in relations.items() if relation.reltype.endswith(kind)]:
        del relations[key]
