"""The numbers of a report, and which records stood behind each of them."""

from __future__ import annotations

from django.db import models

from ledgers.models import OrgUnit
from reporting.models.reports import Report


class ReportFigure(models.Model):
    """A number the report prints: what it was, and which records it stood for when the report was built.

    Most figures are the report's own unit in its own period; a comparison prints another period, a table of the
    units below prints other units.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="figures", verbose_name="报告")
    position = models.PositiveSmallIntegerField("次序")
    code = models.CharField("指标代码", max_length=60)
    label = models.CharField("指标", max_length=60)
    scope = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name="统计单位")
    period = models.CharField("期间", max_length=6)
    #: None where nothing was known, which is never printed as a number.
    value = models.DecimalField("数值", max_digits=20, decimal_places=4, null=True)
    previous = models.DecimalField("上期", max_digits=20, decimal_places=4, null=True)
    same_period_last_year = models.DecimalField("上年同期", max_digits=20, decimal_places=4, null=True)
    target = models.DecimalField("目标", max_digits=20, decimal_places=4, null=True)
    unit = models.CharField("计量单位", max_length=10)
    text = models.CharField("印出的文字", max_length=40)
    records = models.PositiveIntegerField("记录数")
    #: SHA-256 over the primary keys and versions of the records: a change to any of them shows.
    hash = models.CharField("记录校验码", max_length=64)

    class Meta:
        verbose_name = "报告数字"
        verbose_name_plural = "报告数字"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "code", "scope", "period"], name="report_figure_once")
        ]

    def __str__(self) -> str:
        return f"{self.label}{self.text}"


class FigureRecords(models.Model):
    """The very lines that ``ReportFigure.hash`` is over, compressed: ``primary key:version``, nothing else.

    Kept for signed reports, so that later every record that came, went or changed can be named.
    """

    figure = models.OneToOneField(
        ReportFigure, on_delete=models.CASCADE, related_name="frozen_records", verbose_name="数字"
    )
    lines = models.BinaryField("记录与版本")

    class Meta:
        verbose_name = "数字背后的记录"
        verbose_name_plural = "数字背后的记录"

    def __str__(self) -> str:
        return str(self.figure)
