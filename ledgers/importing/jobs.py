"""Background work of imports: thin handlers that take a batch's id and call a step. Each is safe to run twice."""

from __future__ import annotations

from typing import Any

from ledgers.access import Verb
from ledgers.importing import batches
from ledgers.importing.problems import SheetRejected
from ledgers.importing.undo import undo_batch
from ledgers.jobs import JobRefused, Progress, job
from ledgers.models import ImportBatch, Job


def _batch(current: Job) -> ImportBatch:
    """The job's batch, with the rights its user has now."""
    batch = (
        ImportBatch.objects.select_related("unit", "user__unit", "job")
        .filter(pk=current.payload["batch"])
        .first()
    )
    if batch is None:
        raise JobRefused("这个导入批次已不存在。")
    user = current.user
    allowed = user is not None and user.can(Verb.IMPORT, batch.ledger)
    if not allowed or user is None or user.unit is None or not batch.unit.is_within(user.unit):
        raise JobRefused("您已没有导入权限，数据没有改动。")
    return batch


@job("import.preview", "检查上传的表格")
def preview(current: Job, progress: Progress) -> dict[str, Any]:
    batch = _batch(current)
    batches.preview(batch, progress)
    return {"url": batch.get_absolute_url()}


@job("import.apply", "导入表格")
def apply(current: Job, progress: Progress) -> dict[str, Any]:
    batch = _batch(current)
    batches.apply(batch, progress)
    return {"url": batch.get_absolute_url()}


@job("import.mark", "在原表中标出错误")
def mark(current: Job, progress: Progress) -> dict[str, Any]:
    batch = _batch(current)
    try:
        batches.mark(batch, progress)
    except SheetRejected as refusal:
        raise JobRefused(str(refusal)) from refusal
    return {"url": batch.get_absolute_url()}


@job("import.undo", "撤销导入")
def undo(current: Job, progress: Progress) -> dict[str, Any]:
    batch = _batch(current)
    undo_batch(batch=batch, user=current.user, progress=progress)
    return {"url": batch.get_absolute_url()}
