"""Figures and files of a report as rows; call these in the transaction of the step they belong to."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from reporting.evidence import Evidence
from reporting.formats import Made
from reporting.models import FigureRecords, Report, ReportFigure, ReportFile


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
                sha256=hashlib.sha256(item.content).hexdigest(),
            )
            kept.file.save(f"report.{code}", ContentFile(item.content), save=False)
            written.append(kept.file)
            kept.save()
    except BaseException:
        for file in written:
            file.storage.delete(file.name)
        raise
