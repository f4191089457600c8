"""The report itself: whose it is, how far it has come, and the document it was last built as."""

from __future__ import annotations

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
    from reporting.models.steps import ReportStep


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Reports of the user's own unit and of those below it; fails closed."""
        if not user.is_authenticated or user.unit is None or not user.can(Verb.VIEW):
            return self.none()
        return self.filter(unit__path__startswith=user.unit.path)

    def open(self) -> Self:
        """Drafts, and those that wait for a signature: at most one for a unit, a period and a kind."""
        return self.filter(state__in=Report.OPEN)


class Report(models.Model):
    """One version of a report of one unit for one period.

    ``revision`` rises with every change of the text, so that nobody signs another text than the one on the page;
    ``built_revision`` is the one that ``document`` and the files were made of. A signed report never changes again,
    apart from being superseded by the next version.
    """

    class Kind(models.TextChoices):
        QUARTERLY = "quarterly", "季度工作情况"
        HALF = "half", "半年总结"
        ANNUAL = "annual", "年度总结"
        UNITY = "unity", "民族团结进步情况汇报"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待签发"
        FINAL = "final", "定稿"
        SUPERSEDED = "superseded", "已被新版取代"

    OPEN = (State.DRAFT, State.SUBMITTED)
    SIGNED = (State.FINAL, State.SUPERSEDED)

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="+", verbose_name="单位")
    period = models.CharField("期间", max_length=6)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveSmallIntegerField("版次", default=1)
    revision = models.PositiveIntegerField("正文改动次数", default=1, editable=False)
    built_revision = models.PositiveIntegerField(default=0, editable=False)
    title = models.CharField("标题", max_length=200)
    document = models.JSONField("正文", default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="起草人",
    )
    created_at = models.DateTimeField("起草时间", auto_now_add=True)
    built_at = models.DateTimeField("生成时间")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="签发人",
    )
    frozen_at = models.DateTimeField("定稿时间", null=True)
    # Counted in the background and whenever somebody opens the report: a list must not count it row by row.
    drifted = models.PositiveSmallIntegerField("已变化的数字", null=True, editable=False)
    drift_checked_at = models.DateTimeField("核对时间", null=True, editable=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "总结报告"
        verbose_name_plural = "总结报告"
        ordering = ["-built_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "period", "kind", "version"], name="report_version_once"),
            # Two workers on the same request end up with one report.
            models.UniqueConstraint(
                fields=["unit", "period", "kind"],
                condition=Q(state__in=["draft", "submitted"]),
                name="report_one_open",
            ),
            models.UniqueConstraint(
                fields=["unit", "period", "kind"], condition=Q(state="final"), name="report_one_final"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted"], frozen_at__isnull=True)
                | Q(state__in=["final", "superseded"], frozen_at__isnull=False),
                name="report_signed_is_frozen",
            ),
        ]
        indexes = [
            models.Index(fields=["-built_at", "-id"], name="report_newest"),
            models.Index(fields=["state", "drift_checked_at"], name="report_by_state"),
        ]

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
        """The document as last built; raises DocumentError when what is stored is none."""
        document: Document = from_json(self.document)
        return document

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_signed(self) -> bool:
        return self.state in self.SIGNED

    @property
    def returned(self) -> ReportStep | None:
        """The step by which a draft came back from its leader; None once it has been handed in again."""
        decided = ("submitted", "withdrawn", "returned")
        last = self.steps.filter(action__in=decided).select_related("user").last() if self.is_draft else None
        return last if last is not None and last.action == "returned" else None

    @property
    def is_stale(self) -> bool:
        """Whether the text has changed since the files were made."""
        return not self.is_signed and self.built_revision != self.revision
