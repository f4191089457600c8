"""Valid records with as few words as possible."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ledgers.identifiers import credit_code_check_character
from ledgers.models import OrgUnit
from ledgers.work.models import Activity
from nonpublic.models import Enterprise


def credit_code(number: int) -> str:
    body = f"91330281MA{number:07d}"
    return body + credit_code_check_character(body)


def enterprise(unit: OrgUnit, number: int, **fields: Any) -> Enterprise:
    values = {"name": f"示例企业{number}有限公司", "credit_code": credit_code(number), **fields}
    return Enterprise.objects.create(unit=unit, **values)


def activity(unit: OrgUnit, day: str, kind: str = "meeting", **fields: Any) -> Activity:
    values = {"title": f"工作活动{day}", "held_on": dt.date.fromisoformat(day), "kind": kind, **fields}
    return Activity.objects.create(unit=unit, **values)
