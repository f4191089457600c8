"""Keeping no file longer than it is needed: previews nobody confirms, and files that no batch knows (any more)."""

from __future__ import annotations

import datetime as dt
import logging
import shutil
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from ledgers.models import ImportBatch, Job
from ledgers.models.imports import OPEN, SETTLED, UPLOADS

logger = logging.getLogger(__name__)
State = ImportBatch.State

#: A file without a batch may belong to an upload that is just being taken in, or to a draft in the making.
STRAY_AFTER: Final = dt.timedelta(days=1)


def settle_abandoned() -> int:
    """Give up the imports that nobody has gone on with for ``IMPORT_PREVIEW_DAYS``; returns how many."""
    days: int = settings.IMPORT_PREVIEW_DAYS
    long_ago = timezone.now() - dt.timedelta(days=days)
    # Somebody who changes the columns starts a new check: the batch has been worked on since.
    touched = Greatest("created_at", Coalesce(F("job__created_at"), F("created_at")))
    waiting = Q(state__in=[State.RECEIVED, *OPEN])
    # Without a job: left behind by an import from the command line of an earlier release, onto a full disk.
    given_up = Q(state=State.APPLYING) & (Q(job__state=Job.State.FAILED) | Q(job=None))
    settled = 0
    batches = ImportBatch.objects.select_related("job").annotate(touched=touched)
    for batch in batches.filter(waiting | given_up, touched__lt=long_ago):
        # The file of a count ledger was never kept.
        removed = "并删除上传的文件" if batch.upload else ""
        left = "指明各列" if batch.state == State.UNCLEAR else "确认"
        moved = ImportBatch.objects.all().move(
            batch,
            to=State.CANCELLED,
            since=[batch.state],
            preview={},
            problem=f"{days}天没有{left}，系统已取消这次导入{removed}，没有写入任何数据；需要时请重新上传。",
        )
        if moved:
            settled += 1
            batch.discard_upload()
    if settled:
        logger.info("imports given up after %s days in which nobody went on: %s", days, settled)
    return settled


def cancel_waiting(problem: str) -> int:
    """Give up every import that is not settled, whatever its age; returns how many. ``problem`` tells their users why.

    For a restored database: the uploads are not there, and nothing of these imports is written.
    """
    cancelled = 0
    for batch in ImportBatch.objects.filter(state__in=[State.RECEIVED, *OPEN, State.APPLYING]):
        moved = ImportBatch.objects.all().move(
            batch, to=State.CANCELLED, since=[batch.state], preview={}, problem=problem
        )
        if moved:
            cancelled += 1
            batch.discard_upload()
    return cancelled


def remove_strays() -> int:
    """Remove what a crash or a full disk has left: uploads of settled batches, files of no batch, drafts."""
    removed = 0
    for batch in ImportBatch.objects.filter(state__in=SETTLED).exclude(upload=""):
        batch.discard_upload()
        removed += 1
    folder = Path(settings.MEDIA_ROOT) / UPLOADS
    if not folder.is_dir():
        return removed
    known = {
        Path(name).stem for name in ImportBatch.objects.exclude(upload="").values_list("upload", flat=True)
    }
    before = (timezone.now() - STRAY_AFTER).timestamp()
    for path in folder.iterdir():
        # 1f3a….upload and 1f3a….marked.xlsx belong to one batch.
        if path.name.partition(".")[0] in known or path.stat().st_mtime > before:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        removed += 1
    if removed:
        logger.info("stray upload files removed: %s", removed)
    return removed
