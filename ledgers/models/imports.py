"""Imports: one row per workbook handed over, and the column mappings remembered from earlier ones.

A batch is the unit of undo: every history row an import writes points to it. The uploaded file is kept only until
the batch is settled, because the file is read again when the import is confirmed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from ledgers.models.jobs import Job
from ledgers.models.units import OrgUnit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models.accounts import User
    from ledgers.registry import Ledger


#: Folder of the uploads, below the private media folder.
UPLOADS: Final = "imports"


def upload_path(batch: ImportBatch, file_name: str) -> str:
    """A random name below the private media folder: the user's file name never becomes a path."""
    return f"{UPLOADS}/{uuid.uuid4().hex}.upload"


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Own batches, and the settled ones of colleagues, all within the user's subtree; fails closed.

        A batch that is still being looked over belongs to whoever handed the file over.
        """
        if not user.is_authenticated or not user.is_active or user.unit is None:
            return self.none()
        reach = self.filter(unit__path__startswith=user.unit.path)
        return reach.filter(
            models.Q(user=user) | models.Q(state__in=[ImportBatch.State.APPLIED, ImportBatch.State.UNDONE])
        )

    def move(self, batch: ImportBatch, *, to: str, since: Collection[str], **changes: Any) -> bool:
        """Compare-and-swap on the state: True for exactly one of several callers.

        ``changes`` are further fields set in the same statement.
        """
        if to in SETTLED:
            changes.setdefault("settled_at", timezone.now())
        moved = self.filter(pk=batch.pk, state__in=since).update(state=to, **changes)
        if moved:
            batch.state = to
            for name, value in changes.items():
                setattr(batch, name, value)
        return bool(moved)


class ImportBatch(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received", "检查中"
        PREVIEWED = "previewed", "待确认"
        #: There is a table in it, but none with the columns that the ledger needs: its user may say which they are.
        UNCLEAR = "unclear", "未能识别"
        APPLYING = "applying", "导入中"
        APPLIED = "applied", "已导入"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"
        FAILED = "failed", "未导入"
        CANCELLED = "cancelled", "已取消"

    ledger_slug = models.SlugField("台账", max_length=60)
    file_name = models.CharField("文件名", max_length=120)
    file_sha256 = models.CharField("文件校验值", max_length=64)
    upload = models.FileField("上传的文件", upload_to=upload_path, blank=True)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    period = models.CharField("期间", max_length=6, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="导入人",
    )
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    # {"sheet": name, "skip_errors": bool, "mapping": {layout signature: {column number: field name or ""}}}
    options = models.JSONField("选项", default=dict)
    # What the preview page shows: how the sheets were understood, and the first rows of each kind.
    preview = models.JSONField("预览", default=dict)
    plan_sha256 = models.CharField("方案校验值", max_length=64, blank=True)
    counts = models.JSONField("数量", default=dict)
    problem = models.CharField("未导入的原因", max_length=300, blank=True)
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="后台任务"
    )
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    settled_at = models.DateTimeField("结束时间", null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["unit", "-created_at"]),
            models.Index(fields=["state", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"导入批次 {self.pk}：{self.file_name}"

    def get_absolute_url(self) -> str:
        return reverse("imports:detail", kwargs={"pk": self.pk})

    @property
    def ledger(self) -> Ledger:
        from ledgers.registry import ledgers  # the registry imports models

        return ledgers.get(self.ledger_slug)

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def plan_path(self) -> Path | None:
        """Where the plan that was shown lies until it is confirmed: beside the upload."""
        return Path(self.upload.path).with_suffix(".plan") if self.upload else None

    @property
    def marked_path(self) -> Path | None:
        """Where the upload lies with its wrong cells marked, once that is asked for: beside the upload."""
        return Path(self.upload.path).with_suffix(".marked.xlsx") if self.upload else None

    @property
    def has_marked(self) -> bool:
        return self.marked_path is not None and self.marked_path.is_file()

    def discard_marked(self) -> None:
        if self.marked_path is not None:
            self.marked_path.unlink(missing_ok=True)

    def discard_upload(self) -> None:
        """Remove the file from disk; the row keeps only its name and checksum."""
        if self.upload:
            if self.plan_path is not None:
                self.plan_path.unlink(missing_ok=True)
            self.discard_marked()
            self.upload.delete(save=False)
            type(self).objects.filter(pk=self.pk).update(upload="")


#: States in which it is the user's turn.
OPEN: Final = frozenset({ImportBatch.State.PREVIEWED, ImportBatch.State.UNCLEAR})
#: States in which nothing is going to happen to the file any more.
SETTLED: Final = frozenset(
    {
        ImportBatch.State.APPLIED,
        ImportBatch.State.UNDONE,
        ImportBatch.State.FAILED,
        ImportBatch.State.CANCELLED,
    }
)


class KeptRecord(models.Model):
    """A record that an undo left as it is. What it is called, it tells itself as long as it is there."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="kept_records")
    record_id = models.BigIntegerField("记录编号")
    why = models.CharField("原因", max_length=100)

    class Meta:
        verbose_name = "撤销时保留的记录"
        verbose_name_plural = "撤销时保留的记录"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.record_id}：{self.why}"


class SheetLayout(models.Model):
    """How an office told us to read a layout: recalled when a sheet with the same headers comes again."""

    ledger_slug = models.SlugField("台账", max_length=60)
    unit = models.ForeignKey(OrgUnit, on_delete=models.CASCADE, related_name="+", verbose_name="单位")
    signature = models.CharField("版式特征", max_length=64)
    # {column number from 0: field name, or "" for a column to leave out}
    mapping = models.JSONField("各列对应", default=dict)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="更新人",
    )
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "表格版式"
        verbose_name_plural = "表格版式"
        constraints = [
            models.UniqueConstraint(
                fields=["ledger_slug", "unit", "signature"], name="one_mapping_per_layout"
            )
        ]

    def __str__(self) -> str:
        return f"{self.ledger_slug} {self.signature[:8]}"
