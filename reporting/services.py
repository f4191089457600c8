"""Building a report: figures, document, files and evidence, kept together or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from ledgers.access import Verb
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from reporting.documents.model import Document, to_json
from reporting.documents.pdf import Pdf, Renderer
from reporting.evidence import Evidence
from reporting.models import Report, ReportFigure, ReportFile
from reporting.reports import KINDS
from reporting.reports.facts import Facts

Steps = Callable[[int, int, str], None]


class ReportRefused(Exception):
    """The user may not draft this report; the message is a Chinese sentence."""


@dataclass(frozen=True)
class _Built:
    document: Document
    evidence: dict[str, Evidence]
    pdf: Pdf


def build_report(
    *, unit: OrgUnit, period: Period, kind: str, user: User | None, progress: Steps = lambda *step: None
) -> Report:
    """Write the report of ``unit`` for ``period`` and keep it as the draft; a second run renews the same draft.

    ``user`` is None on the command line. Raises ReportRefused, UnsuitablePeriod (the period does not go with the
    kind) and RenderFailed.
    """
    if user is not None and not (
        user.can(Verb.REPORT) and user.unit is not None and unit.is_within(user.unit)
    ):
        raise ReportRefused("您没有起草这个单位的报告的权限。")
    chosen = KINDS[kind]
    chosen.check(period)
    progress(1, 4, "正在汇总台账数据")
    with Renderer() as renderer:
        facts = Facts.gather(unit, period, timezone.localdate())
        progress(2, 4, "正在撰写正文")
        document = chosen.compose(facts)
        progress(3, 4, "正在排版")
        built = _Built(document, facts.evidence, renderer.document(document))
    report = _keep(unit=unit, period=period, kind=kind, user=user, built=built)
    progress(4, 4, "已完成")
    return report


@transaction.atomic
def _keep(*, unit: OrgUnit, period: Period, kind: str, user: User | None, built: _Built) -> Report:
    # Locking the unit makes two workers on the same request take turns; the second one renews the first's draft.
    OrgUnit.objects.select_for_update().get(pk=unit.pk)
    same = Report.objects.filter(unit=unit, period=str(period), kind=kind)
    report = same.filter(state=Report.State.DRAFT).first()
    if report is None:
        latest = same.order_by("-version").first()
        report = Report(
            unit=unit,
            period=str(period),
            kind=kind,
            version=latest.version + 1 if latest else 1,
            created_by=user,
        )
    report.title = built.document.name
    report.document = to_json(built.document)
    report.built_at = timezone.now()
    report.save()
    _replace_figures(report, built)
    _replace_pdf(report, built.pdf)
    return report


def _replace_figures(report: Report, built: _Built) -> None:
    report.figures.all().delete()
    used = [built.evidence[code] for code in built.document.figure_codes()]
    ReportFigure.objects.bulk_create(
        ReportFigure(
            report=report,
            position=position,
            code=item.figure.code,
            label=item.figure.label,
            # A figure that is not known is never printed as a number.
            value=item.figure.value or 0,
            unit=item.figure.unit,
            text=f"{item.figure.text}{item.figure.unit}",
            records=item.figure.records,
            hash=item.hash,
        )
        for position, item in enumerate(used)
    )


def _replace_pdf(report: Report, pdf: Pdf) -> None:
    for old in report.files.all():
        # The old file goes only when the new one is certain to stay.
        transaction.on_commit(partial(old.file.storage.delete, str(old.file.name)))
    report.files.all().delete()
    kept = ReportFile(
        report=report,
        format=ReportFile.Format.PDF,
        pages=pdf.pages,
        size=len(pdf.content),
        sha256=hashlib.sha256(pdf.content).hexdigest(),
    )
    kept.file.save("report.pdf", ContentFile(pdf.content), save=True)
