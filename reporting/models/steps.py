"""What happened to a report, who did it and when; and the findings of the figure check that somebody answers for."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

from reporting.models.reports import Report

COMMENT_LENGTH: Final = 500


class ReportStep(models.Model):
    """One step in the life of a report; rows are only ever added."""

    class Action(models.TextChoices):
        DRAFTED = "drafted", "起草"
        RENEWED = "renewed", "重新起草"
        SUBMITTED = "submitted", "提交签发"
        WITHDRAWN = "withdrawn", "撤回"
        RETURNED = "returned", "退回修改"
        SIGNED = "signed", "签发定稿"
        SUPERSEDED = "superseded", "被新版取代"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="steps", verbose_name="报告")
    action = models.CharField("步骤", max_length=10, choices=Action.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="办理人",
    )
    at = models.DateTimeField("时间", auto_now_add=True)
    comment = models.CharField("意见", max_length=COMMENT_LENGTH, blank=True)

    class Meta:
        verbose_name = "办理记录"
        verbose_name_plural = "办理记录"
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(action="returned", comment=""), name="report_returned_with_comment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}：{self.get_action_display()}"


class AcceptedFinding(models.Model):
    """A finding of the figure check that the author leaves as it is, and why; ``key`` is the finding's own."""

    report = models.ForeignKey(
        Report, on_delete=models.CASCADE, related_name="accepted_findings", verbose_name="报告"
    )
    key = models.CharField("编号", max_length=64)
    rule = models.CharField("规则", max_length=20)
    sentence = models.TextField("原句")
    found = models.CharField("文中写的", max_length=100)
    expected = models.CharField("应为", max_length=100)
    explanation = models.TextField("说明", blank=True)
    reason = models.CharField("保留原因", max_length=COMMENT_LENGTH)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="保留人",
    )
    accepted_at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = "保留的核对结果"
        verbose_name_plural = "保留的核对结果"
        ordering = ["accepted_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="report_finding_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="report_finding_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.found}（应为{self.expected}）"
