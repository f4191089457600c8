"""A document as a Word file that WPS and Word open, edit and print on the same page as the PDF."""

from __future__ import annotations

import io

import docx

from reporting.documents import model
from reporting.documents.characters import printable_parts
from reporting.documents.figures import TracedFigures, with_index
from reporting.documents.word.blocks import write_blocks
from reporting.documents.word.page import describe, lay_out
from reporting.documents.word.styles import replace_styles


def word(document: model.Document, figures: TracedFigures) -> bytes:
    """The ``.docx`` of ``document``, with the index of its numbers as the last annex."""
    content = printable_parts(with_index(document, figures))
    target = docx.Document()
    replace_styles(target)
    lay_out(target)
    describe(target, content)
    write_blocks(target, content.blocks)
    written = io.BytesIO()
    target.save(written)
    return written.getvalue()
