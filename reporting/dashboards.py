"""The dashboard of one unit and period, assembled from the indicator registry.

Plain data for the templates: no request, no HTML. Whatever the number of units below and of records, each kind of
record costs one query for its figures and one for the units below, and a family one more for a trend.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlencode

from django.apps import apps
from django.urls import reverse

from ledgers.indicators import (
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
from reporting.cards import Card, card, number, records_url
from reporting.charts import ChartSpec, Series
from reporting.pace import progress_of
from reporting.target_panel import TargetPanel, target_panel

#: A family leads with this many figures; those held to a target always lead.
HEADLINES: Final = 8
#: The table of units below has room for this many.
COLUMNS: Final = 6
TREND_PERIODS: Final = 8
CHART_UNITS: Final = 15

Comparison = Literal["units", "trend"]


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
    targets: TargetPanel


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
    progress = progress_of(unit, values.values(), today)
    cards = {code: card(figure, unit, progress.get(code)) for code, figure in values.items()}
    families = indicators.by_family()
    leading = {family: headlines(members, values) for family, members in families.items()}

    by_unit: dict[int, dict[str, Number | None]] = {}
    if children:
        by_unit = breakdown(children, period, [member.code for member in indicators.all()])
    periods = list(period.back(TREND_PERIODS))
    followed: dict[str, Indicator] = {}
    past: dict[str, list[Number | None]] = {}
    if compare == "trend" or not children:
        followed = {family: first_to_show(drawn(members), values) for family, members in leading.items()}
        past = series(unit, periods, [member.code for member in followed.values()])

    panels = []
    for family in sorted(families, key=family_order):
        leads = leading[family]
        columns = columns_to_show(families[family], leads, by_unit)
        if family in followed:
            chart = trend_chart(followed[family], periods, past[followed[family].code])
        else:
            chart = units_chart(drawn(columns), children, by_unit)
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
    targets = target_panel(unit, period, values.values(), cards)
    return Dashboard(unit=unit, period=period, families=tuple(panels), targets=targets)


def first_to_show(members: Sequence[Indicator], values: dict[str, Figure]) -> Indicator:
    """The first figure that has, or lately had, something to show; a family of zeros shows its first."""

    def known(member: Indicator) -> bool:
        figure = values[member.code]
        return any((figure.value, figure.previous, figure.same_period_last_year))

    return next((member for member in members if known(member)), members[0])


def columns_to_show(
    members: Sequence[Indicator], leads: Sequence[Indicator], by_unit: dict[int, dict[str, Number | None]]
) -> list[Indicator]:
    """The figures to compare units by: those that any of them has. What only this unit does is on its cards."""
    present = [member for member in members if any(values[member.code] for values in by_unit.values())]
    return (present or list(leads))[:COLUMNS]


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


# --- Units below, and charts -----------------------------------------------------------------------------------


def units_table(
    unit: OrgUnit,
    period: Period,
    columns: Sequence[Indicator],
    children: Sequence[OrgUnit],
    by_unit: dict[int, dict[str, Number | None]],
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
    by_unit: dict[int, dict[str, Number | None]],
    totals: dict[str, Figure],
) -> Row | None:
    """What is recorded for the unit itself (or for a unit closed since), when there is any.

    Only sums can be taken apart: a venue inspected by two villages counts once in the total.
    """
    rest = {
        column.code: (totals[column.code].value or 0)
        - sum(by_unit[child.pk][column.code] or 0 for child in children)
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


def drawn(members: Sequence[Indicator]) -> list[Indicator]:
    """Those worth a chart: not what is merely due, which is there whether or not anything has been done."""
    return [member for member in members if member.measure.derive is None]


def units_chart(
    columns: Sequence[Indicator], children: Sequence[OrgUnit], by_unit: dict[int, dict[str, Number | None]]
) -> Chart | None:
    """The first key figure that has anything to compare, unit by unit; None when all are zero."""
    for column in columns:
        values = [
            (child.name, value) for child in children if (value := by_unit[child.pk][column.code]) is not None
        ]
        if any(value for _, value in values):
            break
    else:
        return None
    title = f"各单位{column.label}"
    if len(values) > CHART_UNITS:
        values = sorted(values, key=lambda pair: pair[1], reverse=True)[:CHART_UNITS]
        title += f"（前{CHART_UNITS}位）"
    return _chart("bar", title, column, values, header="单位")


def trend_chart(
    indicator: Indicator, periods: Sequence[Period], past: Sequence[Number | None]
) -> Chart | None:
    # A period of which nothing is known is left out: it is not zero.
    values = [(str(period), value) for period, value in zip(periods, past, strict=True) if value is not None]
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
