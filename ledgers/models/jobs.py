"""Background work as a row: written with the change that asks for it, sent on commit, safe to run twice."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from ledgers.models.units import OrgUnit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models.accounts import User


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A user's own jobs. What a job made (a report, a batch) has its own, wider scope."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(user=user)

    def open(self) -> Self:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("类别", max_length=40)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.PositiveIntegerField("已完成量", default=0)
    total = models.PositiveIntegerField("总量", default=0)
    message = models.CharField("进展", max_length=200, blank=True)
    # Ids and options only: never the contents of a file or anything about a person.
    payload = models.JSONField("参数", default=dict)
    result = models.JSONField("结果", default=dict)
    error = models.CharField("失败原因", max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="jobs",
        verbose_name="发起人",
    )
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="单位"
    )
    # Of the page that asked for it, so that its log lines are found together with the page's.
    request_id = models.CharField("请求编号", max_length=36, blank=True)
    created_at = models.DateTimeField("发起时间", auto_now_add=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    started_at = models.DateTimeField("开始时间", null=True)
    # Until JOB_STALLED_SECONDS later the job belongs to the worker that is at it.
    beat_at = models.DateTimeField("最近进展时间", null=True)
    due_at = models.DateTimeField("重试时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"]), models.Index(fields=["user", "-created_at"])]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", kwargs={"pk": self.pk})

    @property
    def label(self) -> str:
        from ledgers.jobs import handler_label

        return handler_label(self.kind)

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def is_counted(self) -> bool:
        """Whether ``done`` and ``total`` are things that people count."""
        from ledgers.jobs import is_counted

        return is_counted(self.kind)

    @property
    def percent(self) -> int:
        if self.state == self.State.DONE:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else 0
