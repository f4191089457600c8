"""What stands against signing a report: tokens that say nothing, and what the figure check finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from ledgers.guards import typed
from ledgers.models import User
from reporting.documents.model import Document, Heading, Paragraph, plain
from reporting.figurecheck import Finding, LedgerContext, check_document
from reporting.models import AcceptedFinding, Report, ReportSection
from reporting.models.steps import COMMENT_LENGTH
from reporting.narrative import Problem
from reporting.rights import may_draft
from reporting.services.composing import Written, facts_of, write
from reporting.services.errors import ReportRefused


@dataclass(frozen=True)
class Doubt:
    """A finding in a section; ``accepted`` is the word of whoever answers for it."""

    section: ReportSection
    finding: Finding
    accepted: AcceptedFinding | None


@dataclass(frozen=True)
class Review:
    """``problems`` have to be put right; of the ``doubts``, those nobody has accepted."""

    problems: list[tuple[ReportSection, Problem]]
    doubts: list[Doubt]

    @property
    def open(self) -> list[Doubt]:
        return [doubt for doubt in self.doubts if doubt.accepted is None]

    @property
    def is_clear(self) -> bool:
        return not self.problems and not self.open


def review(report: Report) -> Review:
    """Read the report as it stands, with the figures of today."""
    return review_of(report, write(list(report.sections.all()), facts_of(report)))


def review_of(report: Report, written: Sequence[Written]) -> Review:
    accepted = {item.key: item for item in report.accepted_findings.select_related("accepted_by")}
    problems = [(item.section, problem) for item in written for problem in item.text.problems]
    # One document for all sections: what a figure of the ledger is, and what was typed, is in its runs.
    blocks: list[Heading | Paragraph] = []
    owners: list[ReportSection] = []
    for item in written:
        blocks += item.text.blocks
        owners += [item.section] * (len(blocks) - len(owners))
    period = report.reporting_period
    document = Document(report.title, report.unit.name, period.last_day, tuple(blocks))
    found = check_document(document, LedgerContext(report.unit, period))
    return Review(
        problems,
        [Doubt(owners[each.block], each.finding, accepted.get(each.finding.key)) for each in found],
    )


def accepted_in(report: Report, document: Document) -> list[AcceptedFinding]:
    """What was accepted and still stands in the text: a sentence that was changed later is nobody's word any more."""
    texts = [plain(block.runs) for block in document.blocks if isinstance(block, Paragraph)]
    accepted = report.accepted_findings.select_related("accepted_by")
    return [item for item in accepted if any(item.sentence in text for text in texts)]


@transaction.atomic
def accept_finding(*, report: Report, key: str, reason: str, user: User) -> AcceptedFinding:
    """Leave a finding as it is, for a reason that stays with the report. Raises ReportRefused."""
    reason = typed(reason)
    if not may_draft(user, report.unit):
        raise ReportRefused("您没有修改这份报告的权限。")
    if not reason:
        raise ReportRefused("请写明为什么保留这个数字，原因会随报告一起保存。")
    if len(reason) > COMMENT_LENGTH:
        raise ReportRefused(f"原因最多{COMMENT_LENGTH}个字，请写得短一些。")
    current = Report.objects.select_for_update().get(pk=report.pk)
    if not current.is_draft:
        raise ReportRefused("这份报告已不是草稿，不能再改动核对结果。")
    found = next((doubt.finding for doubt in review(current).doubts if doubt.finding.key == key), None)
    if found is None:
        raise ReportRefused("这条核对结果已经没有了，可能正文或台账刚刚改过。")
    kept, _ = AcceptedFinding.objects.update_or_create(
        report=current,
        key=key,
        defaults={
            "rule": found.rule,
            "sentence": found.sentence,
            "found": found.found[:100],
            "expected": found.expected[:100],
            "explanation": found.explanation,
            "reason": reason,
            "accepted_by": user,
        },
    )
    return kept
