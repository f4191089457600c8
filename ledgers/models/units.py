"""Organisational units 区县 > 乡镇/街道 > 村/社区, and which of them a user can see."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from ledgers.models.accounts import User


def indented(name: str, depth: int) -> str:
    """``name`` with a full-width space for each level above its own, for a tree in a drop-down."""
    return "\u3000" * (depth - 1) + name


class OrgUnitQuerySet(MP_NodeQuerySet):
    def subtree(self, unit: OrgUnit) -> Self:
        """``unit`` and everything below it."""
        return self.filter(path__startswith=unit.path)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The subtree of the user's own unit; nothing for anyone without an active account and a unit."""
        if not user.is_authenticated or not user.is_active or user.unit is None:
            return self.none()
        return self.subtree(user.unit)

    def all_visible_to(self, user: User | AnonymousUser) -> bool:
        """Whether there is no unit outside of the user's subtree: a long list then needs no condition on units."""
        if not user.is_authenticated or not user.is_active or user.unit is None:
            return False
        return not self.exclude(path__startswith=user.unit.path).exists()

    def open_on(self, day: dt.date) -> Self:
        return self.filter(models.Q(closed_on__isnull=True) | models.Q(closed_on__gt=day))


class OrgUnitManager(MP_NodeManager.from_queryset(OrgUnitQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> OrgUnitQuerySet:
        # Materialised-path order is depth-first order: a unit is followed by the units below it.
        return OrgUnitQuerySet(self.model, using=self._db).order_by("path")

    def create_under(self, parent: OrgUnit | None, **fields: Any) -> OrgUnit:
        """Add a unit as the last one below ``parent``, or as a root when there is none."""
        unit: OrgUnit = self.add_root(fields) if parent is None else self.add_child(parent, fields)
        return unit


class OrgUnit(MP_Node):
    """A county, township or village. Never deleted: closed from a date, so that past figures stay."""

    class Level(models.TextChoices):
        COUNTY = "county", "区县"
        TOWNSHIP = "township", "乡镇（街道）"
        VILLAGE = "village", "村（社区）"

    code = models.CharField(
        "区划代码",
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"\A\d{12}\Z", "区划代码是12位数字。")],
        help_text="统计用区划代码，12位数字。",
    )
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=10, choices=Level.choices)
    closed_on = models.DateField("撤销日期", null=True, blank=True)
    # Where a closed unit's people belong from then on; its records stay its own.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="并入单位"
    )

    objects = OrgUnitManager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | models.Q(closed_on__isnull=False),
                name="unit_merged_from_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def parent_unit(self) -> OrgUnit | None:
        parent: OrgUnit | None = type(self).objects.get_parent(self)
        return parent

    def children(self) -> OrgUnitQuerySet:
        """The units directly below, in the order they were added."""
        found: OrgUnitQuerySet = type(self).objects.get_children(self)
        return found

    @property
    def indented_name(self) -> str:
        return indented(self.name, self.depth)

    def is_within(self, other: OrgUnit) -> bool:
        return self.path.startswith(other.path)


class UnitChange(models.Model):
    """What happened to a unit and when: the names it had, and what it became part of."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", "更名"
        MERGED = "merged", "合并"
        CLOSED = "closed", "撤销"

    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="changes", verbose_name="单位")
    kind = models.CharField("变更", max_length=10, choices=Kind.choices)
    on = models.DateField("生效日期")
    old_name = models.CharField("原名称", max_length=60)
    new_name = models.CharField("新名称", max_length=60, blank=True)
    into = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="并入单位"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="登记人",
    )
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    # A change made by mistake is taken back and not deleted: the history says both.
    undone_at = models.DateTimeField("撤回时间", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="撤回人",
    )

    class Meta:
        verbose_name = "单位变更"
        verbose_name_plural = "单位变更"
        ordering = ["-on", "-pk"]

    def __str__(self) -> str:
        if self.kind == self.Kind.RENAMED:
            return f"{self.on}，{self.old_name}更名为{self.new_name}"
        if self.kind == self.Kind.MERGED:
            return f"{self.on}，{self.old_name}并入{self.into}"
        return f"{self.on}，{self.old_name}撤销"
