"""One figure as a card: its value in print, what it is compared with in words, and its target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urlencode

from django.urls import reverse

from ledgers.indicators import Change, Figure, Indicator, Number
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
    """How far a figure is on the way to its target (worked out in ``pace``).

    ``pace`` is a word or two, ``missing`` the sentence that says what is still to be done; ``state`` is a CSS class of
    the progress bar.
    """

    value: Decimal
    target: Decimal
    text: str
    pace: str
    missing: str
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

    @property
    def shown_unit(self) -> str:
        """What the value is counted in; nothing beside an unknown one."""
        return "" if self.figure.value is None else self.figure.unit


def card(figure: Figure, unit: OrgUnit, progress: TargetProgress | None = None) -> Card:
    return Card(
        figure=figure,
        value=number(figure.indicator, figure.value),
        url=records_url(figure.code, unit, figure.period),
        deltas=tuple(deltas(figure)),
        progress=progress,
    )


def records_url(code: str, unit: OrgUnit, period: Period) -> str:
    """The list of records behind a figure."""
    query = urlencode({"unit": unit.code, "period": str(period)})
    return f"{reverse('indicators:records', kwargs={'code': code})}?{query}"


def dashboard_url(unit: OrgUnit, period: Period) -> str:
    return f"{reverse('dashboard:show')}?{urlencode({'unit': unit.code, 'period': str(period)})}"


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
