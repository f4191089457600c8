"""Account holders: each belongs to one unit and has one role.

There is no superuser: the role table of ``ledgers.access`` is the only grant of rights, and nobody stands above it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone

from ledgers.access import WRITING, Role, Verb, role_may
from ledgers.models.units import OrgUnit, OrgUnitQuerySet

if TYPE_CHECKING:
    from ledgers.registry import Ledger


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet[User]:
        # Scope needs the unit's path in every request; one join saves one query each.
        return super().get_queryset().select_related("unit")

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password it cannot sign in."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    username = models.CharField(
        "账号名",
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "这个账号名已经有人使用，请换一个。"},
    )
    name = models.CharField("姓名", max_length=40, help_text="显示在页面和修改历史中。")
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, verbose_name="单位", related_name="accounts"
    )
    role = models.CharField("角色", max_length=10, choices=Role.choices)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("密码修改时间", default=timezone.now)
    date_joined = models.DateTimeField("开通时间", default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name", "role"]

    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        ordering = ["username"]
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name or self.username

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()

    @property
    def password_expires_at(self) -> dt.datetime | None:
        """When the password has to be changed (PASSWORD_MAX_AGE_DAYS); None for never."""
        days: int = settings.PASSWORD_MAX_AGE_DAYS
        return self.password_changed_at + dt.timedelta(days=days) if days else None

    @property
    def needs_new_password(self) -> bool:
        """Whether the password opens the password page and nothing else: a one-time password, or one too old."""
        expires = self.password_expires_at
        return self.must_change_password or (expires is not None and expires <= timezone.now())

    def can(self, verb: Verb, ledger: Ledger | None = None) -> bool:
        """Whether the role has ``verb``; for a writing verb on a ledger, whether the ledger lets the role write."""
        if not self.is_active or not role_may(self.role, verb):
            return False
        return ledger is None or verb not in WRITING or self.role in ledger.writers

    def units(self) -> OrgUnitQuerySet:
        """The units this user works with: the own unit and all below it."""
        return OrgUnit.objects.visible_to(self)
