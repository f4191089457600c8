"""The files a report is made into: one entry for each format, from the document and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from reporting.documents.excel import workbook
from reporting.documents.figures import TracedFigures, with_index
from reporting.documents.model import Document
from reporting.documents.pdf import Renderer
from reporting.documents.word import word
from reporting.models import ReportFigure, ReportFile
from reporting.records import record_sheets
from reporting.reports.facts import Facts
from reporting.traced import traced_figures


@dataclass(frozen=True)
class Material:
    """What a file can be made of. ``figures`` are the rows that are kept with it."""

    document: Document
    facts: Facts
    figures: Sequence[ReportFigure]
    renderer: Renderer

    @cached_property
    def traced(self) -> TracedFigures:
        return traced_figures(self.figures, self.facts.unit, self.facts.period)

    def begin(self) -> None:
        """Have the PDF typeset in its own process while the other files are made in this one."""
        self.renderer.begin(with_index(self.document, self.traced))


@dataclass(frozen=True)
class Made:
    """``pages`` is None for a format that has none."""

    content: bytes
    pages: int | None = None


@dataclass(frozen=True)
class Format:
    """``reads_records``: made while the figures are read, so that its records are the ones that were counted."""

    code: str
    make: Callable[[Material], Made]
    reads_records: bool = False


def _excel(material: Material) -> Made:
    records = record_sheets(material.facts.unit, material.facts.period, material.traced)
    return Made(workbook(material.document, material.traced, records))


def _word(material: Material) -> Made:
    return Made(word(material.document, material.traced))


def _pdf(material: Material) -> Made:
    pdf = material.renderer.result()
    return Made(pdf.content, pdf.pages)


#: The PDF, which is begun first, is waited for last.
FORMATS: Final[tuple[Format, ...]] = (
    Format(ReportFile.Format.XLSX, _excel, reads_records=True),
    Format(ReportFile.Format.DOCX, _word),
    Format(ReportFile.Format.PDF, _pdf),
)
