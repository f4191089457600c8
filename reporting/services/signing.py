"""From draft to signed: submit, withdraw, send back, sign. Each is a compare-and-swap and a step that stays.

draft → submitted → final → superseded (when the next version is signed)
  ↑ withdraw, send back ↓
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from ledgers.db import snapshot
from ledgers.guards import no_personal_numbers, typed
from ledgers.models import OrgUnit, User
from reporting.documents.model import to_json
from reporting.documents.pdf import Renderer
from reporting.formats import FORMATS, Made, Material
from reporting.models import Report, ReportFigure, ReportStep
from reporting.models.steps import COMMENT_LENGTH
from reporting.rights import may_draft, may_sign
from reporting.services.composing import Composition, facts_of
from reporting.services.errors import ReportRefused, StateChanged, Steps
from reporting.services.keeping import keep_records, replace_figures, replace_files
from reporting.services.review import Review, review, review_of

State, Action = Report.State, ReportStep.Action


class NotClear(ReportRefused):
    """There are problems or open findings; ``review`` has them."""

    def __init__(self, found: Review, message: str) -> None:
        super().__init__(message)
        self.review = found


def submit(*, report: Report, revision: int, user: User, comment: str = "") -> Report:
    """Hand the draft to the leader. Raises ReportRefused, NotClear or StateChanged."""
    if not may_draft(user, report.unit):
        raise ReportRefused("您没有提交这份报告的权限。")
    found = review(report)
    if not found.is_clear:
        raise NotClear(found, "还有数字没有核对好，请逐条改正或写明保留的原因，再提交签发。")
    return _move(report, State.DRAFT, State.SUBMITTED, revision, Action.SUBMITTED, user, comment)


def withdraw(*, report: Report, user: User, comment: str = "") -> Report:
    """Take a submitted report back. Raises ReportRefused or StateChanged."""
    if not may_draft(user, report.unit):
        raise ReportRefused("您没有撤回这份报告的权限。")
    return _move(report, State.SUBMITTED, State.DRAFT, report.revision, Action.WITHDRAWN, user, comment)


def send_back(*, report: Report, user: User, comment: str) -> Report:
    """Ask for changes, and say which. Raises ReportRefused or StateChanged."""
    _check_signer(report, user)
    if not typed(comment):
        raise ReportRefused("请写明要修改什么，起草人会看到这条意见。")
    return _move(report, State.SUBMITTED, State.DRAFT, report.revision, Action.RETURNED, user, comment)


def _check_signer(report: Report, user: User) -> None:
    if not may_sign(user, report.unit):
        raise ReportRefused("只有本单位的领导可以签发或退回这份报告。")


@transaction.atomic
def _move(
    report: Report, since: str, to: str, revision: int, action: str, user: User, comment: str
) -> Report:
    """Raises StateChanged when the report is not in ``since`` any more, or not with this text."""
    comment = typed(comment)
    if len(comment) > COMMENT_LENGTH:
        raise ReportRefused(f"意见最多{COMMENT_LENGTH}个字，请写得短一些。")
    no_personal_numbers(comment)
    taken = Report.objects.filter(pk=report.pk, state=since, revision=revision).update(state=to)
    if not taken:
        raise StateChanged
    ReportStep.objects.create(report=report, action=action, user=user, comment=comment)
    report.refresh_from_db(fields=["state"])
    return report


# --- Signing --------------------------------------------------------------------------------------------------


def check_signing(*, report: Report, revision: int, user: User) -> None:
    """Whether this user can sign this text now. Raises ReportRefused or StateChanged."""
    _check_signer(report, user)
    if report.state != State.SUBMITTED or report.revision != revision:
        raise StateChanged


def sign(*, report: Report, revision: int, user: User, progress: Steps = lambda *step: None) -> Report:
    """Freeze the report: figures, fingerprints and document as they are at one moment, and the files made of them.

    A second run of the same signature finds the report signed and returns it. Raises ReportRefused, NotClear,
    StateChanged and RenderFailed; then nothing has changed.
    """
    report = Report.objects.select_related("unit").get(pk=report.pk)
    if report.is_signed and (report.signed_by_id, report.revision) == (user.pk, revision):
        return report
    check_signing(report=report, revision=revision, user=user)
    progress(1, 4, "正在核对数字")
    with Renderer() as renderer:
        with snapshot():
            frozen_at = timezone.now()
            composition = Composition.of(report, facts_of(report, timezone.localdate(frozen_at)))
            found = review_of(report, composition.written)
            if not found.is_clear:
                raise NotClear(found, "提交以后台账或目标有改动，正文里的数字对不上了，请退回起草人核对。")
            document = composition.document()
            figures = composition.figures()
            material = Material(document, composition.facts, figures, renderer)
            material.begin()
            progress(2, 4, "正在生成文件")
            made = {item.code: item.make(material) for item in FORMATS if item.reads_records}
        # The document is all that the other files need: the database is not kept waiting for a typesetter.
        made |= {item.code: item.make(material) for item in FORMATS if not item.reads_records}
    progress(3, 4, "正在定稿")
    report.title = document.name
    report.document = to_json(document)
    report.built_at = report.frozen_at = frozen_at
    report.signed_by = user
    _freeze(report, revision, user, composition, figures, made)
    progress(4, 4, "已定稿")
    return report


@transaction.atomic
def _freeze(
    report: Report,
    revision: int,
    user: User,
    composition: Composition,
    figures: list[ReportFigure],
    made: dict[str, Made],
) -> None:
    # Two versions signed at once take turns here.
    OrgUnit.objects.select_for_update().get(pk=report.unit_id)
    same = Report.objects.filter(unit=report.unit_id, period=report.period, kind=report.kind)
    for earlier in same.filter(state=State.FINAL):
        same.filter(pk=earlier.pk).update(state=State.SUPERSEDED)
        ReportStep.objects.create(
            report=earlier, action=Action.SUPERSEDED, user=user, comment=f"由第{report.version}版取代"
        )
    taken = Report.objects.filter(pk=report.pk, state=State.SUBMITTED, revision=revision).update(
        state=State.FINAL,
        title=report.title,
        document=report.document,
        built_at=report.built_at,
        built_revision=revision,
        frozen_at=report.frozen_at,
        signed_by=user,
        drifted=0,
        drift_checked_at=report.frozen_at,
    )
    if not taken:
        raise StateChanged
    replace_figures(report, figures)
    keep_records(figures, composition.evidence.values())
    replace_files(report, made)
    ReportStep.objects.create(report=report, action=Action.SIGNED, user=user)
    report.refresh_from_db()
