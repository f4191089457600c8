"""One figure as a card: its value in print, what it is compared with in words, and its target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urlencode

from django.urls import reverse

from ledgers.indicators import STOCK, Change, Figure, Indicator, Number
from ledgers.models import OrgUnit
from ledgers.periods import Period


@dataclass(frozen=True)
class Delta:
    """One comparison in words, with an arrow beside them and never instead of them."""

    label: str
    direction: Literal["up", "down", "same"]
    words: str

    @property
    def arrow(self) -> str:
        return {"up": "↑", "down": "↓", "same": "→"}[self.direction]


@dataclass(frozen=True)
class TargetProgress:
    """How far a figure is on the way to its target. ``state`` is a CSS class of the progress bar."""

    value: Decimal
    target: Decimal
    text: str
    pace: str
    state: Literal["is-met", "is-behind", ""]

    @property
    def bar(self) -> Decimal:
        return min(max(self.value, Decimal(0)), self.target)


@dataclass(frozen=True)
class Card:
    figure: Figure
    value: str
    url: str
    deltas: tuple[Delta, ...]
    progress: TargetProgress | None


def card(figure: Figure, unit: OrgUnit, today: dt.date) -> Card:
    return Card(
        figure=figure,
        value=number(figure.indicator, figure.value),
        url=records_url(figure.code, unit, figure.period),
        deltas=tuple(deltas(figure)),
        progress=target_progress(figure, today),
    )


def records_url(code: str, unit: OrgUnit, period: Period) -> str:
    """The list of records behind a figure."""
    query = urlencode({"unit": unit.code, "period": str(period)})
    return f"{reverse('indicators:records', kwargs={'code': code})}?{query}"


#: What stands where nothing is known; never 0.
UNKNOWN: Final = "—"


def number(indicator: Indicator, value: Number | None) -> str:
    """A value for the screen: thousands separated, no trailing zeros, without its unit."""
    if value is None:
        return UNKNOWN
    text = f"{Decimal(value):,.{indicator.decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def deltas(figure: Figure) -> Iterable[Delta]:
    # A year's period before is the same period last year: one comparison, not the same one twice.
    yearly = figure.period.kind == "year"
    found = [("比上年", figure.yoy)] if yearly else [("环比", figure.qoq), ("同比", figure.yoy)]
    return [delta(label, change, figure.indicator) for label, change in found if change is not None]


def delta(label: str, change: Change, indicator: Indicator) -> Delta:
    if not change.difference:
        return Delta(label, "same", "持平")
    up = change.difference > 0
    size = number(indicator, change.difference if up else -change.difference)
    # A difference of two shares is in percentage points, and has no rate of its own.
    if indicator.unit == "%":
        words = f"{size}个百分点"
    else:
        rate = "" if change.rate is None else f"（{abs(change.rate)}%）"
        words = f"{size}{indicator.unit}{rate}"
    return Delta(label, "up" if up else "down", f"{'增加' if up else '减少'}{words}")


def target_progress(figure: Figure, today: dt.date) -> TargetProgress | None:
    """The figure against its target; while the period runs, against the share of its days gone by."""
    if not figure.target or figure.value is None:
        return None
    value, target, unit = Decimal(figure.value), figure.target, figure.unit
    text = f"目标{number(figure.indicator, target)}{unit}，已完成{number(figure.indicator, value)}{unit}"

    def progress(pace: str, state: Literal["is-met", "is-behind", ""]) -> TargetProgress:
        return TargetProgress(value, target, text, pace, state)

    missing = f"{number(figure.indicator, max(target - value, Decimal(0)))}{unit}"
    if value >= target:
        return progress("已达标", "is-met")
    if today > figure.period.last_day:
        return progress(f"未达标，差{missing}", "is-behind")
    if today < figure.period.first_day:
        return progress("尚未开始", "")
    if figure.kind == STOCK:
        return progress(f"还差{missing}", "")
    due = target * elapsed_share(figure.period, today)
    # What comes in whole pieces is late only when a whole piece is missing.
    if figure.indicator.decimals == 0:
        due = due.to_integral_value(rounding="ROUND_FLOOR")
    if value >= due:
        return progress(f"进度正常，还差{missing}", "")
    return progress(f"落后于进度，还差{missing}", "is-behind")


def elapsed_share(period: Period, today: dt.date) -> Decimal:
    days = (period.last_day - period.first_day).days + 1
    return Decimal((today - period.first_day).days + 1) / days
