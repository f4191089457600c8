"""The dashboard of one unit and period, assembled from the indicator registry.

Plain data for the templates: no request, no HTML. Whatever the number of units below and of records, each family
of figures costs one query for its values and one for its comparison.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urlencode

from django.apps import apps
from django.urls import reverse

from ledgers.indicators import (
    STOCK,
    Change,
    Figure,
    Indicator,
    Number,
    breakdown,
    figures,
    indicators,
    series,
)
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.charts import ChartSpec, Series

#: A family leads with this many figures; those held to a target always lead.
HEADLINES: Final = 8
#: The table of units below has room for this many.
COLUMNS: Final = 6
TREND_PERIODS: Final = 8
CHART_UNITS: Final = 15

Comparison = Literal["units", "trend"]


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


@dataclass(frozen=True)
class Cell:
    value: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    url: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Breakdown:
    """Units below by key figures. ``own`` is what the unit recorded itself, so that the columns add up."""

    columns: tuple[Indicator, ...]
    rows: tuple[Row, ...]
    own: Row | None
    total: Row


@dataclass(frozen=True)
class Chart:
    spec: ChartSpec
    alt: str
    header: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FamilyPanel:
    code: str
    label: str
    icon: str
    cards: tuple[Card, ...]
    others: tuple[Card, ...]
    chart: Chart | None
    breakdown: Breakdown | None


@dataclass(frozen=True)
class Dashboard:
    unit: OrgUnit
    period: Period
    families: tuple[FamilyPanel, ...]
    targets: tuple[Card, ...]


def build(
    unit: OrgUnit,
    period: Period,
    *,
    children: Sequence[OrgUnit],
    today: dt.date,
    compare: Comparison = "units",
) -> Dashboard:
    """All figures of ``unit`` in ``period``; ``children`` are the units right below it.

    ``compare`` chooses what the charts show; a unit with nothing below it always shows its own trend.
    """
    values = figures(unit, period)
    cards = {code: card(figure, unit, today) for code, figure in values.items()}
    families = indicators.by_family()
    leading = {family: headlines(members, values) for family, members in families.items()}

    by_unit: dict[int, dict[str, Number]] = {}
    if children:
        by_unit = breakdown(
            children, period, [member.code for members in leading.values() for member in members]
        )
    periods = list(period.back(TREND_PERIODS))
    followed: dict[str, Indicator] = {}
    past: dict[str, list[Number]] = {}
    if compare == "trend" or not children:
        followed = {family: first_to_show(members, values) for family, members in leading.items()}
        past = series(unit, periods, [member.code for member in followed.values()])

    panels = []
    for family in sorted(families, key=family_order):
        leads, columns = leading[family], columns_to_show(leading[family], by_unit)
        if family in followed:
            chart = trend_chart(followed[family], periods, past[followed[family].code])
        else:
            chart = units_chart(columns, children, by_unit)
        label, icon = family_heading(family)
        panels.append(
            FamilyPanel(
                code=family,
                label=label,
                icon=icon,
                cards=tuple(cards[member.code] for member in leads),
                others=tuple(cards[member.code] for member in families[family] if member not in leads),
                chart=chart,
                breakdown=units_table(unit, period, columns, children, by_unit, values) if children else None,
            )
        )
    held = tuple(cards[code] for code in cards if cards[code].progress is not None)
    return Dashboard(unit=unit, period=period, families=tuple(panels), targets=held)


def first_to_show(members: Sequence[Indicator], values: dict[str, Figure]) -> Indicator:
    """The first figure with something to show; a family of zeros shows its first."""
    return next((member for member in members if values[member.code].value), members[0])


def columns_to_show(members: Sequence[Indicator], by_unit: dict[int, dict[str, Number]]) -> list[Indicator]:
    """The first figures that any unit below has, in their order; what only this unit does is on its cards."""
    present = {code for values in by_unit.values() for code, value in values.items() if value}
    chosen = sorted(members, key=lambda member: member.code not in present)[:COLUMNS]
    return [member for member in members if member in chosen]


def headlines(members: Sequence[Indicator], values: dict[str, Figure]) -> list[Indicator]:
    """The figures a family leads with, in the order of declaration."""
    held = [member for member in members if values[member.code].target is not None]
    free = [member for member in members if values[member.code].target is None]
    chosen = {member.code for member in [*held, *free][: max(HEADLINES, len(held))]}
    return [member for member in members if member.code in chosen]


def family_heading(family: str) -> tuple[str, str]:
    """Label and icon of the app whose label is the codes' prefix."""
    config = apps.get_app_config(family)
    return getattr(config, "family_label", str(config.verbose_name)), getattr(config, "family_icon", "folder")


def family_order(family: str) -> tuple[int, str]:
    return getattr(apps.get_app_config(family), "family_order", 100), family


# --- One figure ------------------------------------------------------------------------------------------------


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


def number(indicator: Indicator, value: Number) -> str:
    """A value for the screen: thousands separated, no trailing zeros, without its unit."""
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
    size = number(indicator, abs(change.difference))
    # A difference of two shares is in percentage points, and has no rate of its own.
    if indicator.unit == "%":
        words = f"{size}个百分点"
    else:
        rate = "" if change.rate is None else f"（{abs(change.rate)}%）"
        words = f"{size}{indicator.unit}{rate}"
    return Delta(label, "up" if up else "down", f"{'增加' if up else '减少'}{words}")


def target_progress(figure: Figure, today: dt.date) -> TargetProgress | None:
    """The figure against its target; while the period runs, against the share of its days gone by."""
    if not figure.target:
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


# --- Units below, and charts -----------------------------------------------------------------------------------


def units_table(
    unit: OrgUnit,
    period: Period,
    columns: Sequence[Indicator],
    children: Sequence[OrgUnit],
    by_unit: dict[int, dict[str, Number]],
    totals: dict[str, Figure],
) -> Breakdown:
    rows = tuple(
        Row(
            name=child.name,
            url=dashboard_url(child, period),
            cells=tuple(
                Cell(
                    number(column, by_unit[child.pk][column.code]),
                    # Nothing behind a zero, nothing to list.
                    records_url(column.code, child, period) if by_unit[child.pk][column.code] else "",
                )
                for column in columns
            ),
        )
        for child in children
    )
    total = Row(
        name="合计",
        url="",
        cells=tuple(
            Cell(number(column, totals[column.code].value), records_url(column.code, unit, period))
            for column in columns
        ),
    )
    return Breakdown(tuple(columns), rows, own_row(unit, columns, children, by_unit, totals), total)


def own_row(
    unit: OrgUnit,
    columns: Sequence[Indicator],
    children: Sequence[OrgUnit],
    by_unit: dict[int, dict[str, Number]],
    totals: dict[str, Figure],
) -> Row | None:
    """What is recorded for the unit itself (or for a unit closed since), when there is any.

    Only sums can be taken apart: a venue inspected by two villages counts once in the total.
    """
    rest = {
        column.code: totals[column.code].value - sum(by_unit[child.pk][column.code] for child in children)
        for column in columns
        if column.measure.additive
    }
    if not any(rest.values()):
        return None
    cells = tuple(
        Cell(number(column, rest[column.code]) if column.code in rest else "—") for column in columns
    )
    return Row(name=f"{unit.name}本级", url="", cells=cells)


def dashboard_url(unit: OrgUnit, period: Period) -> str:
    return f"{reverse('dashboard:show')}?{urlencode({'unit': unit.code, 'period': str(period)})}"


def units_chart(
    columns: Sequence[Indicator], children: Sequence[OrgUnit], by_unit: dict[int, dict[str, Number]]
) -> Chart | None:
    """The first key figure that has anything to compare, unit by unit; None when all are zero."""
    for column in columns:
        values = [(child.name, by_unit[child.pk][column.code]) for child in children]
        if any(value for _, value in values):
            break
    else:
        return None
    title = f"各单位{column.label}"
    if len(values) > CHART_UNITS:
        values = sorted(values, key=lambda pair: pair[1], reverse=True)[:CHART_UNITS]
        title += f"（前{CHART_UNITS}位）"
    return _chart("bar", title, column, values, header="单位")


def trend_chart(indicator: Indicator, periods: Sequence[Period], past: Sequence[Number]) -> Chart | None:
    values = [(str(period), value) for period, value in zip(periods, past, strict=True)]
    if not any(value for _, value in values):
        return None
    span = {"quarter": "个季度", "half": "个半年", "year": "年"}[periods[0].kind]
    return _chart("line", f"近{len(periods)}{span}{indicator.label}", indicator, values, header="期间")


def _chart(
    kind: Literal["bar", "line"],
    title: str,
    indicator: Indicator,
    values: Sequence[tuple[str, Number]],
    *,
    header: str,
) -> Chart:
    spec = ChartSpec(
        kind=kind,
        title=title,
        unit=indicator.unit,
        categories=tuple(name for name, _ in values),
        series=(Series(indicator.label, tuple(float(value) for _, value in values)),),
    )
    rows = tuple((name, f"{number(indicator, value)}{indicator.unit}") for name, value in values)
    spoken = "，".join(f"{name}{text}" for name, text in rows)
    return Chart(spec=spec, alt=f"{title}：{spoken}", header=header, rows=rows)
