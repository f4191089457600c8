"""The files made of a report."""

from __future__ import annotations

import uuid

from django.db import models

from reporting.models.reports import Report


def file_path(file: ReportFile, file_name: str) -> str:
    """A random name below the private media folder: what a unit is called never becomes a path."""
    return f"reports/{uuid.uuid4().hex}.{file.format}"


class ReportFile(models.Model):
    """A file made of a report; answered by a view that checks who asks."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        XLSX = "xlsx", "Excel"

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="files", verbose_name="报告")
    format = models.CharField("格式", max_length=5, choices=Format.choices)
    file = models.FileField("文件", upload_to=file_path, max_length=120)
    pages = models.PositiveIntegerField("页数", null=True)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("校验码", max_length=64)

    class Meta:
        verbose_name = "报告文件"
        verbose_name_plural = "报告文件"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "format"], name="report_file_once")]

    def __str__(self) -> str:
        return f"{self.report}.{self.format}"
