"""Drafting a report from the ledgers and building its files.

Both may run twice, after a worker died or somebody pressed a button again: there is one open report for a unit, a
period and a kind, and a second run finds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from reporting.documents.model import to_json
from reporting.documents.pdf import Renderer
from reporting.formats import FORMATS, Material
from reporting.models import Report, ReportSection, ReportStep
from reporting.reports import KINDS
from reporting.reports.facts import Facts
from reporting.reports.outline import Draft
from reporting.rights import may_draft
from reporting.services.composing import Composition, facts_of
from reporting.services.errors import ReportRefused, Steps
from reporting.services.keeping import replace_figures, replace_files


def build_report(
    *, unit: OrgUnit, period: Period, kind: str, user: User | None, progress: Steps = lambda *step: None
) -> Report:
    """Draft the report of ``unit`` for ``period``, or renew the open draft, and build its files.

    Sections that somebody has edited stay as they are. ``user`` is None on the command line and for what is done by
    the calendar. Raises ReportRefused, UnsuitablePeriod (the period does not go with the kind) and RenderFailed.
    """
    _check_right(user, unit)
    chosen = KINDS[kind]
    chosen.check(period)
    progress(1, 4, "正在汇总台账数据")
    with Renderer() as renderer:
        facts = Facts.gather(unit, period, timezone.localdate(), chosen.codes)
        progress(2, 4, "正在撰写正文")
        report = _draft(facts, kind, chosen.outline(facts), user)
        progress(3, 4, "正在排版")
        _build(report, facts, renderer)
    progress(4, 4, "已完成")
    return report


def build_files(*, report: Report, user: User | None, progress: Steps = lambda *step: None) -> Report:
    """Make the files of a draft anew, from its text and the figures of today. Raises ReportRefused, RenderFailed."""
    _check_right(user, report.unit)
    if not report.is_draft:
        raise ReportRefused("只有草稿可以重新生成文件。")
    progress(1, 3, "正在汇总台账数据")
    with Renderer() as renderer:
        facts = facts_of(report)
        progress(2, 3, "正在排版")
        _build(report, facts, renderer)
    progress(3, 3, "已完成")
    return report


def _check_right(user: User | None, unit: OrgUnit) -> None:
    if user is not None and not may_draft(user, unit):
        raise ReportRefused("您没有起草这个单位的报告的权限。")


# --- The text -------------------------------------------------------------------------------------------------


@transaction.atomic
def _draft(facts: Facts, kind: str, drafts: Sequence[Draft], user: User | None) -> Report:
    # Locking the unit makes two workers on the same request take turns; the second one renews the first's draft.
    OrgUnit.objects.select_for_update().get(pk=facts.unit.pk)
    versions = Report.objects.filter(unit=facts.unit, period=str(facts.period), kind=kind)
    report = versions.open().first()
    if report is None:
        report = _new(versions.order_by("-version").first(), facts, kind, user)
        _renew(report, drafts)
        ReportStep.objects.create(report=report, action=ReportStep.Action.DRAFTED, user=user)
    elif not report.is_draft:
        raise ReportRefused("这份报告正在等待签发，请先撤回再重新起草。")
    elif _renew(report, drafts):
        ReportStep.objects.create(report=report, action=ReportStep.Action.RENEWED, user=user)
    return report


def _new(latest: Report | None, facts: Facts, kind: str, user: User | None) -> Report:
    """An empty draft, or the next version with the sections of the ``latest``."""
    report = Report.objects.create(
        unit=facts.unit,
        period=str(facts.period),
        kind=kind,
        version=latest.version + 1 if latest else 1,
        title=f"{facts.unit.name}{KINDS[kind].title(facts.period)}",
        created_by=user,
        built_at=timezone.now(),
    )
    if latest is not None:
        ReportSection.objects.bulk_create(
            ReportSection(
                report=report,
                position=section.position,
                key=section.key,
                level=section.level,
                heading=section.heading,
                source=section.source,
                generated=section.generated,
                updated_by=section.updated_by,
            )
            for section in latest.sections.all()
        )
    return report


def _renew(report: Report, drafts: Sequence[Draft]) -> bool:
    """Bring the sections that nobody has touched up to the ledgers; returns whether any text changed."""
    existing = {section.key: section for section in report.sections.all()}
    changed = False
    kept = [section for key, section in existing.items() if key not in {draft.key for draft in drafts}]
    for section in kept:
        if not section.is_edited:
            # Deleted as it was read: if somebody has edited it this very moment, it stays.
            deleted, _ = report.sections.filter(pk=section.pk, row_version=section.row_version).delete()
            changed |= bool(deleted)
    orphans = [section for section in kept if section.is_edited]
    for position, draft in enumerate(drafts):
        # What an author wrote about a ledger that has no records any more stands before the closing parts.
        if draft.key == "problems":
            for number, orphan in enumerate(orphans):
                report.sections.filter(pk=orphan.pk).update(position=position + number)
        shift = len(orphans) if draft.key in ("problems", "plans") else 0
        changed |= _renew_section(report, existing.get(draft.key), draft, position + shift)
    if changed:
        Report.objects.filter(pk=report.pk).update(revision=F("revision") + 1)
        report.refresh_from_db(fields=["revision"])
    return changed


def _renew_section(report: Report, section: ReportSection | None, draft: Draft, position: int) -> bool:
    if section is None:
        report.sections.create(
            key=draft.key,
            position=position,
            level=draft.level,
            heading=draft.heading,
            source=draft.source,
            generated=draft.source,
        )
        return True
    same = report.sections.filter(pk=section.pk)
    same.update(position=position, level=draft.level, heading=draft.heading)
    if section.is_edited:
        # The author's text stays; what restoring brings back is of today.
        same.update(generated=draft.source)
        return False
    if section.source == draft.source:
        return False
    return bool(
        same.filter(row_version=section.row_version).update(
            source=draft.source,
            generated=draft.source,
            row_version=F("row_version") + 1,
            updated_by=None,
            updated_at=timezone.now(),
        )
    )


# --- The files ------------------------------------------------------------------------------------------------


def _build(report: Report, facts: Facts, renderer: Renderer) -> None:
    composition = Composition.of(report, facts)
    revision = report.revision
    document = composition.document()
    figures = composition.figures()
    material = Material(document, facts, figures, renderer)
    material.begin()
    made = {item.code: item.make(material) for item in FORMATS}
    with transaction.atomic():
        # Signed or submitted meanwhile: those files are not for a draft's build to replace.
        current = Report.objects.select_for_update().filter(pk=report.pk, state=Report.State.DRAFT).first()
        if current is None:
            raise ReportRefused("这份报告已不是草稿，文件没有改动。")
        report.title = document.name
        report.document = to_json(document)
        report.built_at = timezone.now()
        report.built_revision = revision
        report.save(update_fields=["title", "document", "built_at", "built_revision"])
        replace_figures(report, figures)
        replace_files(report, made)
