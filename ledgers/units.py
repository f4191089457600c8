"""Changes of units: renamed, merged, closed from a day. Records stay with the unit that made them, so that past figures
stay; what was reported last counts until the unit that takes over reports (see ``ledgers.returns.chains``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from ledgers.models import OrgUnit, UnitChange, User
from ledgers.returns.chains import renew_chains
from ledgers.returns.models import Quarterly


class ChangeRefused(Exception):
    """The change does not fit the units as they are; the message is one Chinese sentence."""


@transaction.atomic
def rename_unit(*, unit: OrgUnit, name: str, on: dt.date, user: User | None) -> UnitChange:
    """Give a unit a new name from a day on; the old one is kept in its history. Raises ChangeRefused."""
    locked = _lock([unit])[unit.pk]
    new = name.strip()
    if not new or new == locked.name:
        raise ChangeRefused("请填写与现在不同的新名称。")
    if locked.closed_on is not None:
        raise ChangeRefused(f"{locked}已经撤销，不能更名。")
    if on > timezone.localdate():
        raise ChangeRefused("更名登记后马上生效，请在新名称启用的那天或以后登记。")
    change = UnitChange.objects.create(
        unit=locked, kind=UnitChange.Kind.RENAMED, on=on, old_name=locked.name, new_name=new, user=user
    )
    locked.name = unit.name = new
    locked.save(update_fields=["name"])
    return change


@transaction.atomic
def merge_units(
    *, units: Sequence[OrgUnit], into: OrgUnit, on: dt.date, user: User | None
) -> list[UnitChange]:
    """Close ``units`` from a day on and let ``into``, one of them or another, take over. Raises ChangeRefused.

    All must be of one level below one parent, so that every total above stays what it is.
    """
    going = [unit for unit in units if unit.pk != into.pk]
    locked = _lock([*going, into])
    successor = locked[into.pk]
    if not going:
        raise ChangeRefused("请选择要并入的单位。")
    if successor.closed_on is not None:
        raise ChangeRefused(f"{successor}已经撤销，不能再并入，请选择现有的单位。")
    parent = successor.path[: -OrgUnit.steplen]
    changes = []
    for unit in (locked[each.pk] for each in going):
        if unit.path[: -OrgUnit.steplen] != parent or unit.level != successor.level:
            raise ChangeRefused(f"{unit}与{successor}不属于同一个上级单位，不能合并。")
        changes.append(_close(unit, on=on, user=user, kind=UnitChange.Kind.MERGED, into=successor))
    _renew(unit.pk for unit in going)
    return changes


@transaction.atomic
def close_unit(*, unit: OrgUnit, on: dt.date, user: User | None) -> UnitChange:
    """Close a unit from a day on without a successor: its stocks end on that day. Raises ChangeRefused."""
    locked = _lock([unit])[unit.pk]
    change = _close(locked, on=on, user=user, kind=UnitChange.Kind.CLOSED, into=None)
    _renew([locked.pk])
    return change


@transaction.atomic
def undo_change(*, change: UnitChange, user: User | None) -> None:
    """Take back a change made by mistake, as long as nothing builds on it. Raises ChangeRefused."""
    # The successor must not report between the check and the end.
    unit = _lock([each for each in (change.unit, change.into) if each is not None])[change.unit_id]
    if reason := why_not_undone(change):
        raise ChangeRefused(reason)
    if change.kind == UnitChange.Kind.RENAMED:
        unit.name = change.old_name
        unit.save(update_fields=["name"])
    else:
        unit.closed_on, unit.merged_into = None, None
        unit.save(update_fields=["closed_on", "merged_into"])
        _renew([unit.pk])
    change.undone_at, change.undone_by = timezone.now(), user
    change.save(update_fields=["undone_at", "undone_by"])


def why_not_undone(change: UnitChange) -> str:
    """Why a change cannot be taken back any more, as one Chinese sentence; empty when it can."""
    change.refresh_from_db(fields=["undone_at"])
    unit = OrgUnit.objects.get(pk=change.unit_id)
    if change.undone_at is not None:
        return "这次变更已经撤回过了。"
    if change != unit.changes.filter(undone_at__isnull=True).order_by("pk").last():
        return f"{unit}后来又办理过变更，请先撤回最后一次。"
    if change.kind == UnitChange.Kind.RENAMED:
        return "" if unit.name == change.new_name else f"{unit}的名称后来又改过，不能撤回。"
    parent = unit.parent_unit
    if parent is not None and parent.closed_on is not None:
        return f"上级单位{parent}已经撤销，不能撤回。"
    if change.kind == UnitChange.Kind.MERGED and _is_taken_over(unit):
        return f"{change.into}已经报送了合并后的季报，撤回会把人数算两次，请先退回或重新打开那张季报。"
    return ""


def _is_taken_over(unit: OrgUnit) -> bool:
    """Whether the unit it was merged into has reported for both."""
    for model in _quarterly_models():
        last = model._default_manager.filter(model.counted(), unit=unit).order_by("-period_end").first()
        if last is not None and last.effective_until is not None:
            return True
    return False


def _lock(units: Sequence[OrgUnit]) -> dict[int, OrgUnit]:
    found = OrgUnit.objects.select_for_update().filter(pk__in=[unit.pk for unit in units])
    return {unit.pk: unit for unit in found}


def _close(
    unit: OrgUnit, *, on: dt.date, user: User | None, kind: UnitChange.Kind, into: OrgUnit | None
) -> UnitChange:
    if unit.closed_on is not None:
        raise ChangeRefused(f"{unit}已在{unit.closed_on}撤销，不能重复办理。")
    open_below = OrgUnit.objects.subtree(unit).exclude(pk=unit.pk).filter(closed_on__isnull=True)
    if open_below.exists():
        raise ChangeRefused(f"{unit}下面还有未撤销的单位，请先处理下级单位。")
    unit.closed_on, unit.merged_into = on, into
    unit.save(update_fields=["closed_on", "merged_into"])
    return UnitChange.objects.create(unit=unit, kind=kind, on=on, old_name=unit.name, into=into, user=user)


def _renew(unit_ids: Iterable[int]) -> None:
    """What is in force follows from when units end; worked out anew for every kind of quarterly table."""
    changed = list(unit_ids)
    for model in _quarterly_models():
        renew_chains(model, changed)


def _quarterly_models() -> list[type[Quarterly]]:
    return [model for model in apps.get_models() if issubclass(model, Quarterly)]


def name_on(unit: OrgUnit, day: dt.date) -> str:
    """What the unit was called on a day."""
    renamed = unit.changes.filter(kind=UnitChange.Kind.RENAMED, undone_at__isnull=True)
    later = renamed.filter(on__gt=day).order_by("on", "pk").first()
    return later.old_name if later is not None else unit.name
