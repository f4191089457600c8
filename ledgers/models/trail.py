"""What makes the record of the past trustworthy: seals over history rows, and every user's actions.

None of these rows is ever changed; triggers refuse it (``ledgers.trail.protection``). They name units, accounts and
batches without a constraint of their own wherever deleting one would have to change the row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from ledgers.access import Verb
from ledgers.models.units import OrgUnit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models.accounts import User


class HistorySeal(models.Model):
    """One link of the chain: which rows of one table there were, in what order, and what each said.

    ``digests`` are those of the rows in the order of ``ranges``, ``ledgers.trail.digests.SIZE`` bytes each.
    """

    class Kind(models.TextChoices):
        ROWS = "rows", "封存"
        #: Rows that were rewritten on purpose: ``before`` is what they said until then.
        REDACTION = "redaction", "匿名化"
        #: Entries of the log of actions whose time was over: what they said until they were removed.
        REMOVAL = "removal", "到期清除"

    number = models.PositiveBigIntegerField("序号", primary_key=True)
    # Unique, so that the chain cannot fork.
    previous = models.CharField("上一封条", max_length=64, unique=True)
    sha256 = models.CharField("校验值", max_length=64, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    table = models.CharField("表", max_length=63)
    batch_key = models.BigIntegerField("导入批次", null=True)
    sealed_at = models.DateTimeField("封存时间")
    # Names of the columns that were digested, with commas between: a later version may have more.
    columns = models.TextField("字段")
    # 1-500,502: history ids, ascending.
    ranges = models.TextField("行号")
    count = models.PositiveIntegerField("行数")
    digests = models.BinaryField("各行校验值")
    before = models.BinaryField("原校验值", default=b"")
    reason = models.CharField("原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "历史封条"
        verbose_name_plural = "历史封条"
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


class SealState(models.Model):
    """How far sealing has come: one row. Whoever appends to the chain raises ``version`` by compare-and-swap."""

    version = models.PositiveBigIntegerField(default=0)
    number = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="0" * 64)
    # {table: {"through": highest id looked at, "gaps": [[first, last, when noticed], …]}}
    tables = models.JSONField(default=dict)

    class Meta:
        verbose_name = "封存进度"
        verbose_name_plural = "封存进度"

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}"


class RewritePermit(models.Model):
    """While a transaction has such a row, and only within it, append-only tables can be rewritten."""

    why = models.CharField("原因", max_length=100)

    class Meta:
        verbose_name = "改写许可"
        verbose_name_plural = "改写许可"

    def __str__(self) -> str:
        return self.why


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Actions of accounts within the user's subtree; those of no unit are seen by whoever sees every unit."""
        if not user.is_authenticated or user.unit is None or not user.can(Verb.HISTORY):
            return self.none()
        if OrgUnit.objects.all_visible_to(user):
            return self
        return self.filter(unit__in=OrgUnit.objects.visible_to(user).order_by().values("pk"))


class Action(models.Model):
    """One thing somebody did or tried: time, account, address, kind, result. No content and no other person."""

    class Kind(models.TextChoices):
        SIGN_IN = "sign-in", "登录"
        SIGN_OUT = "sign-out", "退出"
        LOCKED = "locked", "锁定"
        PASSWORD = "password", "修改密码"
        ACCOUNT = "account", "账号管理"
        UNIT = "unit", "单位管理"
        DOWNLOAD = "download", "导出下载"
        IMPORT = "import", "导入撤销"
        RETURN = "return", "填报审核"
        REPORT = "report", "报告"
        RECORD = "record", "台账维护"
        AUDIT = "audit", "审计核验"
        FORBIDDEN = "forbidden", "越权访问"
        JOB = "job", "后台任务"
        OTHER = "other", "其他"

    class Result(models.TextChoices):
        DONE = "done", "成功"
        REFUSED = "refused", "未成功"
        FAILED = "failed", "出错"

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    result = models.CharField("结果", max_length=10, choices=Result.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name="账号",
    )
    account = models.CharField("账号名", max_length=60, blank=True)
    unit = models.ForeignKey(
        OrgUnit,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name="单位",
    )
    address = models.CharField("来源地址", max_length=45, blank=True)
    # What was acted upon, by its address or number: never by a person's name.
    target = models.CharField("对象", max_length=200, blank=True)
    request_id = models.CharField("请求编号", max_length=36, blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = "操作日志"
        verbose_name_plural = "操作日志"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["kind", "-id"]),
            models.Index(fields=["account", "-id"]),
            models.Index(fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_result_display()} {self.account}"
