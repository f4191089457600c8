"""What sign-in keeps of an account: the sessions that are open, and the passwords that are not to come again."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

from ledgers.models.accounts import User
from ledgers.models.jobs import Job


class AccountSessionManager(BaseSessionManager["AccountSession"]):
    def open_for(self, account: User) -> models.QuerySet[AccountSession]:
        """The account's sessions that have not run out, the one last used first."""
        return self.filter(user=account, expire_date__gt=timezone.now()).order_by("-used_at")

    def with_account(self) -> models.QuerySet[AccountSession]:
        """Sessions with what every page shows of their account: its unit, and ``has_open_jobs``."""
        jobs = Job.objects.open().filter(user=models.OuterRef("user"))
        return self.select_related("user__unit").annotate(has_open_jobs=models.Exists(jobs))


class AccountSession(AbstractBaseSession):
    """A session as Django keeps it, with whose it is and where it was opened; written by ``ledgers.sessions``."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+", verbose_name="账号")
    address = models.CharField("地址", max_length=45, blank=True)
    browser = models.CharField("浏览器", max_length=60, blank=True)
    signed_in_at = models.DateTimeField("登录时间", null=True)
    used_at = models.DateTimeField("最近使用", auto_now=True)

    objects: ClassVar[AccountSessionManager] = AccountSessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "登录"
        verbose_name_plural = "登录"

    @property
    def handle(self) -> str:
        """Names the session on a page; the key itself would be a way in."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:20]


class UsedPassword(models.Model):
    """The hash of a password that an account has had; the validator keeps the last few."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="used_passwords")
    password = models.CharField("密码散列", max_length=128)

    class Meta:
        verbose_name = "用过的密码"
        verbose_name_plural = "用过的密码"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.user)
