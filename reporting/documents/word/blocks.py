"""The blocks of a document as paragraphs, tables and pictures of Word."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import singledispatch
from typing import Final

from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK
from docx.oxml.text.paragraph import CT_P
from docx.shared import Mm, Twips
from docx.text.paragraph import Paragraph

from reporting import charts
from reporting.documents import model
from reporting.documents.characters import width
from reporting.documents.word.page import TEXT_WIDTH
from reporting.documents.word.styles import CHARACTER, LINE
from reporting.documents.word.tables import table_xml

#: 附件： takes three characters, 1. takes one: the lines of a name stand under its first character.
_NOTE_INDENT: Final = 2
_NOTE_MARK: Final = 3
_PICTURE_WIDTH: Final = Mm(150)
_AFTER_TABLE: Final = "表后空行"
_END: Final = "文末"


def write_blocks(target: WordDocument, blocks: Sequence[model.Block]) -> None:
    marks = model.numbers(blocks)
    for index, block in enumerate(blocks):
        _write(block, marks.get(index, ""), target)
    # A document ends with a paragraph: after a table that fills its page, one of a line would be on an empty page.
    if (gap := _gap(target)) is not None:
        gap.style = _END


def _last(target: WordDocument) -> Paragraph | None:
    """The paragraph that the document ends with so far."""
    found = target.element.body.xpath("(./w:p | ./w:tbl)[last()]")
    return Paragraph(found[0], target._body) if found and isinstance(found[0], CT_P) else None


def _gap(target: WordDocument) -> Paragraph | None:
    """The empty line after a table, where the document ends with one so far."""
    last = _last(target)
    return last if last is not None and last.style is not None and last.style.name == _AFTER_TABLE else None


@singledispatch
def _write(block: object, mark: str, target: WordDocument) -> None:
    raise TypeError(f"Word has no form for {type(block).__name__}.")


@_write.register
def _(block: model.Title, mark: str, target: WordDocument) -> None:
    paragraph = target.add_paragraph(style="Title")
    for number, line in enumerate(block.lines):
        run = paragraph.add_run()
        if number:
            run.add_break(WD_BREAK.LINE)
        run.add_text(line)


@_write.register
def _(block: model.Addressee, mark: str, target: WordDocument) -> None:
    target.add_paragraph(f"{block.text}：", style="主送机关")


@_write.register
def _(block: model.Heading, mark: str, target: WordDocument) -> None:
    target.add_paragraph(mark + block.text, style=f"heading {block.level}")


@_write.register
def _(block: model.Paragraph, mark: str, target: WordDocument) -> None:
    target.add_paragraph(model.plain(block.runs), style="Body Text")


@_write.register
def _(block: model.Table, mark: str, target: WordDocument) -> None:
    if block.title:
        target.add_paragraph(block.title, style="caption")
    # Tables next to each other grow together in Word; the empty line keeps them apart.
    after = target.add_paragraph(style=_AFTER_TABLE)
    after._p.addprevious(table_xml(block))


@_write.register
def _(block: model.Chart, mark: str, target: WordDocument) -> None:
    paragraph = target.add_paragraph(style="图")
    picture = paragraph.add_run().add_picture(io.BytesIO(charts.png(block.spec)), width=_PICTURE_WIDTH)
    properties = picture._inline.docPr
    properties.set("name", block.spec.title)
    properties.set("title", block.spec.title)
    properties.set("descr", block.alt)
    target.add_paragraph(block.spec.title, style="图题")
    _write(block.table, "", target)


@_write.register
def _(block: model.AnnexNote, mark: str, target: WordDocument) -> None:
    several = len(block.titles) > 1
    _keep_with_text(target)
    for number, title in enumerate(block.titles, start=1):
        first = number == 1
        lead = ("附件：" if first else "") + (f"{number}." if several else "")
        paragraph = target.add_paragraph(lead + title, style="附件说明")
        hanging = (_NOTE_MARK if first else 0) + (1 if several else 0)
        _indent(paragraph, _NOTE_INDENT + _NOTE_MARK + (1 if several else 0), -hanging)
        if first:
            paragraph.paragraph_format.space_before = Twips(LINE)


@_write.register
def _(block: model.Annex, mark: str, target: WordDocument) -> None:
    # It begins a page, and an empty line before it could be on one of its own.
    if (gap := _gap(target)) is not None:
        target.element.body.remove(gap._p)
    target.add_paragraph(block.label, style="附件序号")
    target.add_paragraph(block.title, style="附件标题")


@_write.register
def _(block: model.Signature, mark: str, target: WordDocument) -> None:
    _keep_with_text(target)
    # Arabic digits without leading zeros: GB/T 9704-2012 7.3.5.4.
    date = f"{block.date.year}年{block.date.month}月{block.date.day}日"
    # 7.3.5.2 without a seal: the longer of the two ends two characters from the right, the date begins two after
    # the office.
    room = TEXT_WIDTH / CHARACTER - 2
    office_at = max(0.0, room - max(width(block.office), 2 + width(date)))
    office = target.add_paragraph(block.office, style="Signature")
    office.paragraph_format.space_before = Twips(2 * LINE)
    _indent(office, office_at)
    dated = target.add_paragraph(date, style="Signature")
    dated.paragraph_format.keep_with_next = False
    _indent(dated, office_at + 2)


@_write.register
def _(block: model.PageBreak, mark: str, target: WordDocument) -> None:
    target.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _keep_with_text(target: WordDocument) -> None:
    """7.3.5.5: no page has a signature and no text."""
    if (last := _last(target)) is not None:
        last.paragraph_format.keep_with_next = True


def _indent(paragraph: Paragraph, left: float, first_line: float = 0) -> None:
    """Indents in characters of the body."""
    paragraph.paragraph_format.left_indent = Twips(round(left * CHARACTER))
    paragraph.paragraph_format.first_line_indent = Twips(round(first_line * CHARACTER))
