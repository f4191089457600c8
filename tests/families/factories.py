"""Valid records of both families with as few words as possible."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from ledgers.models import OrgUnit
from ledgers.work.models import Brief, Fund, LiaisonGroup, Rectification, Target
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest
from tests.core.factories import activity, credit_code, enterprise

__all__ = [
    "activity",
    "brief",
    "contribution",
    "credit_code",
    "day",
    "enterprise",
    "fund",
    "liaison_group",
    "rectification",
    "request",
    "target",
]


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _days(values: dict[str, Any]) -> dict[str, Any]:
    """Dates may be given as text."""
    dates = ("sent_on", "adopted_on", "found_on", "due", "done_on", "received_on", "raised_on", "resolved_on")
    more = ("given_on", "established_on", "ended_on")
    return {
        name: day(value) if name in (*dates, *more) and isinstance(value, str) else value
        for name, value in values.items()
    }


def brief(unit: OrgUnit, sent_on: str, kind: str = "dynamic", **fields: Any) -> Brief:
    values = {"title": f"信息{sent_on}", "sent_on": sent_on, "kind": kind, "sent_to": "县委统战部", **fields}
    return Brief.objects.create(unit=unit, **_days(values))


def rectification(unit: OrgUnit, found_on: str, due: str, **fields: Any) -> Rectification:
    values = {
        "source": "专项督查反馈",
        "issue": "会议记录不完整",
        "responsible_office": "统战办",
        "found_on": found_on,
        "due": due,
        **fields,
    }
    return Rectification.objects.create(unit=unit, **_days(values))


def fund(unit: OrgUnit, received_on: str, amount: str, spent: str = "0", **fields: Any) -> Fund:
    values = {"source": "镇财政预算", "purpose": "日常经费", "received_on": received_on, **fields}
    return Fund.objects.create(unit=unit, amount=Decimal(amount), spent=Decimal(spent), **_days(values))


def liaison_group(unit: OrgUnit, established_on: str, **fields: Any) -> LiaisonGroup:
    values = {
        "name": f"{unit}联络小组",
        "convener_post": "村书记",
        "established_on": established_on,
        **fields,
    }
    return LiaisonGroup.objects.create(unit=unit, **_days(values))


def target(unit: OrgUnit, indicator: str, year: int, value: str, cadence: str = "year") -> Target:
    return Target.objects.create(
        unit=unit, indicator=indicator, year=year, value=Decimal(value), cadence=cadence
    )


def request(company: Enterprise, raised_on: str, **fields: Any) -> EnterpriseRequest:
    values = {"text": "希望协调标准厂房", "raised_on": raised_on, **fields}
    return EnterpriseRequest.objects.create(enterprise=company, unit=company.unit, **_days(values))


def contribution(company: Enterprise, given_on: str, amount: str, **fields: Any) -> Contribution:
    values = {"purpose": "助学", "given_on": given_on, **fields}
    return Contribution.objects.create(
        enterprise=company, unit=company.unit, amount=Decimal(amount), **_days(values)
    )
