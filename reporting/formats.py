"""The files a report is made into: one entry for each format, from the document and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reporting.documents.model import Document
from reporting.documents.pdf import Renderer
from reporting.models import ReportFigure, ReportFile
from reporting.reports.facts import Facts


@dataclass(frozen=True)
class Material:
    """What a file can be made of. ``figures`` are the rows that are kept with it."""

    document: Document
    facts: Facts
    figures: Sequence[ReportFigure]
    renderer: Renderer


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


def _pdf(material: Material) -> Made:
    pdf = material.renderer.document(material.document)
    return Made(pdf.content, pdf.pages)


FORMATS: Final[tuple[Format, ...]] = (Format(ReportFile.Format.PDF, _pdf),)
