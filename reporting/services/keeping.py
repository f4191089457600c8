"""Figures and files of a report as rows; call these in the transaction of the step they belong to."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from reporting.evidence import Evidence
from reporting.formats import Made
from reporting.models import FigureRecords, Report, ReportFigure, ReportFile
from reporting.services.errors import FileNotWhole

logger = logging.getLogger(__name__)


def replace_figures(report: Report, figures: Sequence[ReportFigure]) -> None:
    report.figures.all().delete()
    ReportFigure.objects.bulk_create(figures, batch_size=500)


def keep_records(figures: Sequence[ReportFigure], evidence: Iterable[Evidence]) -> None:
    """The records behind each saved figure, so that later every change to one of them can be named."""
    FigureRecords.objects.bulk_create(
        (
            FigureRecords(figure=figure, lines=zlib.compress(item.lines))
            for figure, item in zip(figures, evidence, strict=True)
        ),
        batch_size=500,
    )


def fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def whole_content(kept: ReportFile) -> bytes:
    """The stored file, byte for byte as it was made; raises FileNotWhole when it is not, and says so in the log."""
    try:
        with kept.file.open("rb") as opened:
            content: bytes = opened.read()
    except OSError as error:
        logger.error("file %s of report %s cannot be read: %s", kept.pk, kept.report_id, type(error).__name__)
        raise FileNotWhole(is_signed=kept.report.is_signed) from error
    found = fingerprint(content)
    if found != kept.sha256:
        logger.error(
            "file %s of report %s was altered: sha256 is %s, was %s",
            kept.pk,
            kept.report_id,
            found,
            kept.sha256,
        )
        raise FileNotWhole(is_signed=kept.report.is_signed)
    return content


def replace_files(report: Report, made: dict[str, Made]) -> None:
    """Keep these files and no others. Old ones go when it is certain that the new ones stay, new ones otherwise."""
    for old in report.files.all():
        transaction.on_commit(partial(old.file.storage.delete, str(old.file.name)))
    report.files.all().delete()
    written: list[Any] = []
    try:
        for code, item in made.items():
            kept = ReportFile(
                report=report,
                format=code,
                pages=item.pages,
                size=len(item.content),
                sha256=fingerprint(item.content),
            )
            kept.file.save(f"report.{code}", ContentFile(item.content), save=False)
            written.append(kept.file)
            kept.save()
    except BaseException:
        for file in written:
            file.storage.delete(file.name)
        raise
