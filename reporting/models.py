"""Reports as they are kept: the document, the files made of it, and every figure in it with its evidence."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from ledgers.access import Verb
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.model import Document, from_json

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models import User


def file_path(file: ReportFile, file_name: str) -> str:
    """A random name below the private media folder: what a unit is called never becomes a path."""
    return f"reports/{uuid.uuid4().hex}.{file.format}"


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Reports of the user's own unit and of those below it; fails closed."""
        if not user.is_authenticated or user.unit is None or not user.can(Verb.VIEW):
            return self.none()
        return self.filter(unit__path__startswith=user.unit.path)


class Report(models.Model):
    """A report of one unit for one period. There is one draft at most; drafting again renews it."""

    class Kind(models.TextChoices):
        ANNUAL = "annual", "年度总结"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        FINAL = "final", "定稿"

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    period = models.CharField("期间", max_length=6)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveSmallIntegerField("版次", default=1)
    title = models.CharField("标题", max_length=200)
    document = models.JSONField("正文")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="起草人",
    )
    created_at = models.DateTimeField("起草时间", auto_now_add=True)
    built_at = models.DateTimeField("生成时间")

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "总结报告"
        verbose_name_plural = "总结报告"
        ordering = ["-built_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "period", "kind", "version"], name="report_version_once"),
            # Two workers on the same request end up with one report.
            models.UniqueConstraint(
                fields=["unit", "period", "kind"], condition=Q(state="draft"), name="report_one_draft"
            ),
        ]
        indexes = [models.Index(fields=["-built_at", "-id"], name="report_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reports:detail", kwargs={"pk": self.pk})

    @property
    def reporting_period(self) -> Period:
        return Period.parse(self.period)

    @property
    def period_label(self) -> str:
        return self.reporting_period.label

    @property
    def content(self) -> Document:
        """The document; raises DocumentError when what is stored is none."""
        document: Document = from_json(self.document)
        return document


class ReportFile(models.Model):
    """A file made of a report; answered by a view that checks who asks."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="files", verbose_name="报告")
    format = models.CharField("格式", max_length=5, choices=Format.choices)
    file = models.FileField("文件", upload_to=file_path, max_length=120)
    pages = models.PositiveIntegerField("页数", null=True)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("校验码", max_length=64)

    class Meta:
        verbose_name = "报告文件"
        verbose_name_plural = "报告文件"
        constraints = [models.UniqueConstraint(fields=["report", "format"], name="report_file_once")]

    def __str__(self) -> str:
        return f"{self.report}.{self.format}"


class ReportFigure(models.Model):
    """A number the report prints: what it was, and which records it stood for when the report was built."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="figures", verbose_name="报告")
    position = models.PositiveSmallIntegerField("次序")
    code = models.CharField("指标代码", max_length=60)
    label = models.CharField("指标", max_length=60)
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)
    unit = models.CharField("计量单位", max_length=10)
    text = models.CharField("印出的文字", max_length=40)
    records = models.PositiveIntegerField("记录数")
    #: SHA-256 over the primary keys and versions of the records: a change to any of them shows.
    hash = models.CharField("记录校验码", max_length=64)

    class Meta:
        verbose_name = "报告数字"
        verbose_name_plural = "报告数字"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["report", "code"], name="report_figure_once")]

    def __str__(self) -> str:
        return f"{self.label}{self.text}"
