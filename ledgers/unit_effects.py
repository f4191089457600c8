"""What a change of a unit will do, in sentences, told before it is done. Says nothing that an administrator of accounts
may not see: no figures, no records.
"""

from __future__ import annotations

import datetime as dt

from ledgers.models import OrgUnit, UnitChange, User

Kind = UnitChange.Kind


def effects(
    unit: OrgUnit, kind: str, on: dt.date, *, new_name: str = "", into: OrgUnit | None = None
) -> list[str]:
    """What follows when ``unit`` is renamed, merged or closed from the day ``on``."""
    day = f"{on.year}年{on.month}月{on.day}日"
    if kind == Kind.RENAMED:
        return [
            f"各台账、看板和以后的报告都改用“{new_name}”；原名称“{unit}”留在变更记录里。",
            "所有数字不变，已经定稿的报告不变。",
            "登记错了，可以在变更记录里撤回。",
        ]
    above = unit.parent_unit
    totals = f"{above}的合计" if above is not None else "合计"
    kept = f"{day}以前的记录都留在{unit}名下，以前各期的数字和{totals}不变。"
    if kind == Kind.MERGED:
        told = [
            f"从{day}起，{unit}不再填报季报，由{into}接续。",
            kept,
            f"{into}报送合并后的第一张季报以前，{unit}最近一次报送的人数继续计入合计。",
            f"合并后的第一张季报请由{into}把两处的人数一起填报，{totals}就前后一致。",
            *_accounts(unit),
            f"登记错了，可以在变更记录里撤回；{into}报送合并后的季报以后就不能撤回了。",
        ]
    else:
        told = [
            f"从{day}起，{unit}不再填报季报，最近一次报送的人数不再计入{totals}；要由别的单位接续的，请改办“合并”。",
            kept,
            *_accounts(unit),
            "登记错了，可以在变更记录里撤回。",
        ]
    return told


def effects_of_undoing(change: UnitChange) -> list[str]:
    """What follows when a change is taken back."""
    if change.kind == Kind.RENAMED:
        return [f"名称改回“{change.old_name}”，所有数字不变。"]
    return [
        f"{change.unit}恢复为现有单位，继续自己填报季报。",
        "数字恢复到办理以前的样子，变更记录里保留这次办理和撤回。",
    ]


def _accounts(unit: OrgUnit) -> list[str]:
    names = list(
        User.objects.filter(unit=unit, is_active=True).order_by("username").values_list("username", flat=True)
    )
    if not names:
        return []
    shown = "、".join(names[:5]) + ("等" if len(names) > 5 else "")
    return [f"{unit}还有{len(names)}个在用的账号（{shown}），办理后请在“账号”里调到别的单位或停用。"]
