"""The text of a report, section by section, as source with tokens for its figures."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

from reporting.models.reports import Report

#: Characters of one section: far beyond any summary, far below what would burden a page.
SECTION_LENGTH: Final = 20_000


class ReportSection(models.Model):
    """A heading of level 1 (一、) or 2 (（一）) with the text below it.

    ``source`` is what the author sees and edits, ``generated`` what was last written from the ledgers: while both are
    the same, drafting again renews the section; from then on it is the author's.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="sections", verbose_name="报告")
    position = models.PositiveSmallIntegerField("次序")
    key = models.CharField("部分", max_length=40)
    level = models.PositiveSmallIntegerField("级别", default=1)
    heading = models.CharField("标题", max_length=60)
    source = models.TextField("内容", max_length=SECTION_LENGTH, blank=True)
    generated = models.TextField("自动生成的内容", blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="更新人",
    )
    updated_at = models.DateTimeField("更新时间", auto_now=True)

    class Meta:
        verbose_name = "报告章节"
        verbose_name_plural = "报告章节"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="report_section_once"),
            models.CheckConstraint(condition=models.Q(level__in=[1, 2]), name="report_section_level"),
        ]

    def __str__(self) -> str:
        return self.heading

    @property
    def is_edited(self) -> bool:
        return self.source != self.generated
