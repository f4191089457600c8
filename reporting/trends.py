"""The last eight quarters of a family's main figures: small charts, and the numbers behind them as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from ledgers.indicators import FLOW, STOCK, Figure, Indicator, Number
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.cards import number, records_url
from reporting.charts import ChartSpec, Series, small

QUARTERS: Final = 8
#: So many flows and so many stocks of a family are followed.
OF_A_KIND: Final = 3
_NUMERALS: Final = "一二三四"


@dataclass(frozen=True)
class TrendCell:
    text: str
    url: str


@dataclass(frozen=True)
class TrendRow:
    quarter: Period
    is_running: bool
    cells: tuple[TrendCell, ...]


@dataclass(frozen=True)
class Trend:
    indicator: Indicator
    drawing: SafeString


@dataclass(frozen=True)
class Trends:
    charts: tuple[Trend, ...]
    rows: tuple[TrendRow, ...]


def quarters_of(period: Period, today: dt.date) -> list[Period]:
    """The eight quarters up to the end of ``period``, or up to the running one where that is earlier."""
    last = Period.containing(period.last_day, "quarter")
    if period.first_day <= today < last.first_day:
        last = Period.containing(today, "quarter")
    return list(last.back(QUARTERS))


def followed(members: Sequence[Indicator], values: Mapping[str, Figure]) -> list[Indicator]:
    """What of a family may be followed: its first flows and stocks, and the first that have something to show now.

    The first are asked for whatever they are now, because some work is done in one season only. Not how far the returns
    have come: that is on their board.
    """

    def is_known(member: Indicator) -> bool:
        figure = values[member.code]
        return any((figure.value, figure.previous, figure.same_period_last_year))

    candidates = [member for member in members if not member.is_paperwork]
    known = [member for member in candidates if is_known(member)]
    chosen = {*_first_of_each_kind(candidates), *_first_of_each_kind(known)}
    return [member for member in candidates if member.code in chosen]


def _first_of_each_kind(members: Sequence[Indicator]) -> list[str]:
    return [m.code for kind in (STOCK, FLOW) for m in [m for m in members if m.kind == kind][:OF_A_KIND]]


def trends(
    unit: OrgUnit,
    chosen: Sequence[Indicator],
    quarters: Sequence[Period],
    past: Mapping[str, Sequence[Number | None]],
    today: dt.date,
) -> Trends | None:
    """``past`` has one value for each quarter; a figure without any number but zero draws no chart."""
    present = [member for member in chosen if any(past[member.code])]
    first = _first_of_each_kind(present)
    shown = [member for member in present if member.code in first]
    if not shown:
        return None
    rows = tuple(
        TrendRow(
            quarter,
            quarter.contains(today),
            tuple(
                TrendCell(number(member, past[member.code][place]), records_url(member.code, unit, quarter))
                for member in shown
            ),
        )
        for place, quarter in enumerate(quarters)
    )
    return Trends(tuple(Trend(each, _draw(each, quarters, past[each.code])) for each in shown), rows)


def _draw(member: Indicator, quarters: Sequence[Period], values: Sequence[Number | None]) -> SafeString:
    texts = [number(member, value) for value in values]
    spec = ChartSpec(
        kind="bar" if member.kind == FLOW else "line",
        title=f"近{len(quarters)}个季度{member.label}",
        unit=member.unit,
        categories=tuple(quarter.label for quarter in quarters),
        # What is not known is not zero.
        series=(Series(member.label, tuple(None if v is None else float(v) for v in values)),),
    )
    told = "，".join(
        f"{name}{text}{member.unit if value is not None else ''}"
        for name, text, value in zip(spec.categories, texts, values, strict=True)
    )
    labels = [
        (_NUMERALS[each.number - 1], f"{each.year}年" if place == 0 or each.number == 1 else "")
        for place, each in enumerate(quarters)
    ]
    # A lone last quarter of the first year leaves no room for its year beside the next.
    if len(labels) > 1 and labels[1][1]:
        labels[0] = (labels[0][0], "")
    draw = small.columns if spec.kind == "bar" else small.line
    return draw(spec, f"{spec.title}：{told}", texts, labels)
