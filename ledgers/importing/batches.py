"""An import from the upload to the undo: the named steps that views, jobs and the command line share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core.files import File
from django.db import transaction

from ledgers import jobs
from ledgers.importing.apply import apply_plan
from ledgers.importing.checking import read_rows
from ledgers.importing.choices import Choices
from ledgers.importing.content import Progress, Read
from ledgers.importing.giving_back import gives_back, write_marked
from ledgers.importing.kept import keep, restored
from ledgers.importing.pace import uncollected
from ledgers.importing.plan import Plan
from ledgers.importing.planner import match
from ledgers.importing.preview import summary, without_samples
from ledgers.importing.problems import PlanChanged, SheetRejected
from ledgers.importing.reading import WALL_SECONDS, read_workbook
from ledgers.importing.receive import safe_file_name, sha256, sniff
from ledgers.importing.totals import discreet, revived, totals_of
from ledgers.models import ImportBatch, Job, OrgUnit, SheetLayout, User
from ledgers.models.imports import OPEN
from ledgers.periods import Period
from ledgers.registry import Ledger

logger = logging.getLogger(__name__)
State = ImportBatch.State
#: What of a preview is still shown when the records are written.
KEPT_WHEN_SETTLED: Final = ("sheets", "left_out", "errors", "counted", "period")


class NothingUnderstood(SheetRejected):
    """No sheet of the file has the columns the ledger needs; the reasons are per sheet."""


def open_batch(
    *, ledger: Ledger, file: BinaryIO, file_name: str, unit: OrgUnit, user: User, period: Period | None = None
) -> ImportBatch:
    """Keep the uploaded file privately and have it checked in the background.

    Raises: SheetRejected, with nothing kept, for a file that is no table by its first look.
    """
    if ledger.counts_only:
        raise ValueError("Files for a count ledger are never kept; see counted_batches.")
    batch = ImportBatch(
        ledger_slug=ledger.slug,
        file_name=safe_file_name(file_name),
        unit=unit,
        period=str(period or ""),
        user=user,
    )
    batch.upload.save("upload", File(file), save=False)
    try:
        path = Path(batch.upload.path)
        sniff(path)
        batch.file_sha256 = sha256(path)
        with transaction.atomic():
            batch.save()
            _enqueue(batch, "import.preview", user)
    except BaseException:
        batch.upload.delete(save=False)
        raise
    return batch


def preview_of(plan: Plan) -> dict[str, Any]:
    """What the batch keeps of a plan for its pages and, of a count ledger's, for the job that writes."""
    if not plan.read.ledger.counts_only:
        return summary(plan)
    if plan.errors and not plan.read.sheet.rows_stand_alone:
        # It will not be written, and may be the table of one village: its groups are not shown, nor kept.
        plan.read.rows.clear()
        plan.read.counted = None
    periods = {str(row.values["period"]) for row in plan.read.rows}
    return summary(plan) | {
        "totals": totals_of(plan.read),
        # The quarter that the file itself named, for whoever confirms.
        "period": periods.pop() if len(periods) == 1 else "",
    }


def state_of(plan: Plan) -> ImportBatch.State:
    """Whose turn it is once a file has been read: to confirm what was understood, or to say what was not."""
    return State.PREVIEWED if plan.read.sheets else State.UNCLEAR


def counts_of(plan: Plan) -> dict[str, int]:
    """What there is to count: nothing, not noughts, where nothing was understood."""
    return plan.counts() if plan.read.sheets else {}


def _enqueue(batch: ImportBatch, kind: str, user: User) -> None:
    batch.job = jobs.enqueue(kind, user=user, unit=batch.unit, payload={"batch": batch.pk})
    ImportBatch.objects.filter(pk=batch.pk).update(job=batch.job)


def layouts(ledger: Ledger, unit: OrgUnit) -> dict[str, dict[str, str]]:
    """What the unit's people have said about the layouts of this ledger's sheets."""
    known = SheetLayout.objects.filter(ledger_slug=ledger.slug, unit=unit)
    return {layout.signature: layout.mapping for layout in known}


@uncollected()
def read_file(
    path: Path,
    ledger: Ledger,
    *,
    unit: OrgUnit,
    period: Period | None,
    fallback: Period | None = None,
    only_sheet: str = "",
    options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    seconds: int = WALL_SECONDS,
) -> Read:
    """Steps 1 to 3 as far as the file alone goes; ``options`` as a batch keeps them. Raises SheetRejected."""
    if progress is not None:
        progress(0, 0, "正在读取文件")
    workbook = read_workbook(path, only_sheet=only_sheet, seconds=seconds)
    return read_rows(
        workbook,
        ledger,
        reach=unit,
        period=period,
        fallback=fallback,
        only_sheet=only_sheet,
        choices=Choices.from_options(options or {}, layouts(ledger, unit)),
        progress=progress,
    )


def why_nothing(read: Read) -> str:
    """One sentence for a file in which no sheet could be used."""
    reasons = [f"工作表“{found.name}”：{why}" for found, why in read.left_out[:3]]
    return f"没有可以导入的内容（{'；'.join(reasons) or '文件里没有表格'}），请核对是不是“{read.ledger.label}”的表。"


def period_of(batch: ImportBatch) -> Period | None:
    return Period.parse(batch.period) if batch.period else None


def _read_batch(batch: ImportBatch, progress: Progress | None) -> Read:
    if batch.ledger.counts_only:
        return revived(batch.preview["totals"], batch.ledger, batch.unit)
    try:
        path = Path(batch.upload.path)
    except ValueError:
        raise SheetRejected("上传的文件已经清除，请重新上传。") from None
    if not path.is_file():
        raise SheetRejected("上传的文件已经清除，请重新上传。")
    return read_file(
        path,
        batch.ledger,
        unit=batch.unit,
        period=period_of(batch),
        options=batch.options,
        progress=progress,
    )


@uncollected()
def preview(batch: ImportBatch, progress: Progress | None = None) -> None:
    """Check the file and keep what the preview page shows. Safe to run twice."""
    if batch.state != State.RECEIVED:
        _tidy_up(batch)
        return
    try:
        read = _read_batch(batch, progress)
    except SheetRejected as refusal:
        _give_up(batch, str(refusal))
        return
    if progress is not None:
        progress(0, 0, "正在与已有记录比对")
    _keep_preview(batch, match(read), since=State.RECEIVED)


def _keep_preview(batch: ImportBatch, plan: Plan, *, since: str, problem: str = "") -> None:
    if not plan.read.sheets:
        problem = why_nothing(plan.read)
        if not any(found.header_rows for found, _ in plan.read.left_out):
            _give_up(batch, problem)
            return
    batch.discard_marked()
    path = batch.plan_path
    if path is not None:
        keep(plan, path)
    moved = ImportBatch.objects.all().move(
        batch,
        to=state_of(plan),
        since=[since],
        preview=preview_of(plan),
        counts=counts_of(plan),
        plan_sha256=plan.sha256,
        problem=problem[:300],
    )
    if path is not None and not moved:  # cancelled meanwhile, with its files
        path.unlink(missing_ok=True)


def _give_up(batch: ImportBatch, problem: str) -> None:
    moved = ImportBatch.objects.all().move(
        batch, to=State.FAILED, since=[State.RECEIVED, State.APPLYING], problem=problem[:300], preview={}
    )
    if moved:
        batch.discard_upload()


@transaction.atomic
def read_again(*, batch: ImportBatch, user: User, options: dict[str, Any]) -> bool:
    """Have the file read again with what the user says about it; False when it is no longer open."""
    moved = ImportBatch.objects.all().move(
        batch, to=State.RECEIVED, since=OPEN, options={**batch.options, **options}, problem=""
    )
    if moved:
        _enqueue(batch, "import.preview", user)
    return moved


@transaction.atomic
def confirm(*, batch: ImportBatch, user: User, skip_errors: bool) -> bool:
    """Start the import; True for the first of two clicks only."""
    options = {**batch.options, "skip_errors": skip_errors}
    moved = ImportBatch.objects.all().move(
        batch, to=State.APPLYING, since=[State.PREVIEWED], options=options, problem=""
    )
    if moved:
        _enqueue(batch, "import.apply", user)
    return moved


def apply(batch: ImportBatch, progress: Progress | None = None) -> None:
    """Write what was confirmed. Safe to run twice: the state changes in the transaction of the records."""
    if batch.state != State.APPLYING:
        _tidy_up(batch)
        return
    plan = _kept(batch)
    try:
        read = plan.read if plan is not None else _read_batch(batch, progress)
    except SheetRejected as refusal:
        _give_up(batch, str(refusal))
        return
    try:
        write(
            read,
            batch=batch,
            user=batch.user,
            expected_sha256=batch.plan_sha256,
            skip_errors=bool(batch.options.get("skip_errors")),
            progress=progress,
            plan=plan,
        )
    except (PlanChanged, SheetRejected) as stopped:
        batch.refresh_from_db()
        _show_again(batch, progress, str(stopped))
        return
    batch.discard_upload()


def _kept(batch: ImportBatch) -> Plan | None:
    """The plan that was shown, if it was kept and nothing that it depends on has changed."""
    path = batch.plan_path
    return None if path is None else restored(path, batch.ledger, batch.unit, batch.plan_sha256)


def _show_again(batch: ImportBatch, progress: Progress | None, problem: str) -> None:
    """Make the preview anew for a batch that could not be written."""
    try:
        read = _read_batch(batch, progress)
    except SheetRejected as refusal:
        _give_up(batch, str(refusal))
        return
    _keep_preview(batch, match(read), since=State.APPLYING, problem=problem)


@transaction.atomic
def write(
    read: Read,
    *,
    batch: ImportBatch,
    user: User | None,
    expected_sha256: str,
    skip_errors: bool,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> Plan:
    """Records, history, the batch's state and the remembered layouts, all or nothing.

    ``plan`` is what was shown, where it is at hand; without it the rows of ``read`` are matched again.
    """
    plan = apply_plan(
        read,
        batch=batch,
        user=user,
        expected_sha256=expected_sha256,
        skip_errors=skip_errors,
        progress=progress,
        plan=plan,
    )
    # What was shown is what is applied; only an import from the command line has shown nothing.
    told = preview_of(discreet(plan)) if batch.ledger.counts_only else batch.preview or summary(plan)
    kept = {name: told[name] for name in KEPT_WHEN_SETTLED if name in told}
    kept["sheets"], kept["left_out"] = without_samples(told["sheets"]), without_samples(told["left_out"])
    moved = ImportBatch.objects.all().move(
        batch, to=State.APPLIED, since=[State.APPLYING], counts=plan.counts(), preview=kept, problem=""
    )
    if not moved:
        raise PlanChanged("这次导入已经处理过。")
    _remember(batch, read, user)
    return plan


def _remember(batch: ImportBatch, read: Read, user: User | None) -> None:
    """Keep what users said about the columns: the next sheet with these headers is read the same way."""
    said: dict[str, Any] = batch.options.get("mapping", {})
    for found in read.sheets:
        if found.signature in said:
            SheetLayout.objects.update_or_create(
                ledger_slug=batch.ledger_slug,
                unit=batch.unit,
                signature=found.signature,
                defaults={"mapping": said[found.signature], "updated_by": user},
            )


def _tidy_up(batch: ImportBatch) -> None:
    """After a worker that died between the commit and the removal of the file."""
    if batch.is_settled:
        batch.discard_upload()


@transaction.atomic
def ask_for_marked(*, batch: ImportBatch, user: User) -> Job | None:
    """Have the workbook written with its wrong cells marked, once; None when there is nothing to mark (any more)."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not can_be_marked(batch):
        return None
    running = Job.objects.open().filter(kind="import.mark", user=user, payload__batch=batch.pk).first()
    return running or jobs.enqueue("import.mark", user=user, unit=batch.unit, payload={"batch": batch.pk})


def can_be_marked(batch: ImportBatch) -> bool:
    open_and_wrong = batch.state == State.PREVIEWED and bool(batch.counts.get("errors"))
    return open_and_wrong and bool(batch.upload) and gives_back(batch.ledger)


def mark(batch: ImportBatch, progress: Progress | None = None) -> None:
    """Write the marked workbook of an open preview. Safe to run twice. Raises SheetRejected when it cannot be done."""
    target = batch.marked_path
    if target is None or batch.has_marked or not can_be_marked(batch):
        return
    plan = _kept(batch) or match(_read_batch(batch, progress))

    def beat() -> None:
        if progress is not None:
            progress(0, 0, "正在标出有误的单元格")

    write_marked(Path(batch.upload.path), plan.errors, target, beat)
    now = ImportBatch.objects.filter(pk=batch.pk, state=State.PREVIEWED, plan_sha256=batch.plan_sha256)
    if not now.exists():
        target.unlink(missing_ok=True)


def cancel(batch: ImportBatch) -> bool:
    """Give the import up before anything is written. An import whose job has failed can be given up as well."""
    since: list[str] = [State.RECEIVED, *OPEN]
    if batch.job is not None and batch.job.state == batch.job.State.FAILED:
        since.append(State.APPLYING)
    moved = ImportBatch.objects.all().move(batch, to=State.CANCELLED, since=since, preview={})
    if moved:
        with suppress(OSError):
            batch.discard_upload()
    return moved


@transaction.atomic
def start_undo(*, batch: ImportBatch, user: User) -> bool:
    """Start undoing; True for the first of two clicks only."""
    moved = ImportBatch.objects.all().move(batch, to=State.UNDOING, since=[State.APPLIED])
    if moved:
        _enqueue(batch, "import.undo", user)
    return moved
