"""The units right below one, side by side: a table of key figures, and bars of the first that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from ledgers.indicators import Figure, Indicator, Number
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.cards import dashboard_url, number, records_url
from reporting.charts import ChartSpec, Series, small

#: The table has room for this many figures.
COLUMNS: Final = 6
CHART_UNITS: Final = 15

#: unit primary key → code → value
ByUnit = Mapping[int, Mapping[str, Number | None]]


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
class UnitsChart:
    title: str
    drawing: SafeString


def columns_to_show(
    members: Sequence[Indicator], leads: Sequence[Indicator], by_unit: ByUnit
) -> list[Indicator]:
    """The figures to compare units by: those that any of them has. What only this unit does is on its cards."""
    present = [member for member in members if any(values[member.code] for values in by_unit.values())]
    return (present or list(leads))[:COLUMNS]


def units_table(
    unit: OrgUnit,
    period: Period,
    columns: Sequence[Indicator],
    children: Sequence[OrgUnit],
    by_unit: ByUnit,
    totals: Mapping[str, Figure],
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
    return Breakdown(tuple(columns), rows, _own_row(unit, columns, children, by_unit, totals), total)


def _own_row(
    unit: OrgUnit,
    columns: Sequence[Indicator],
    children: Sequence[OrgUnit],
    by_unit: ByUnit,
    totals: Mapping[str, Figure],
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


def units_chart(
    columns: Sequence[Indicator], children: Sequence[OrgUnit], by_unit: ByUnit
) -> UnitsChart | None:
    """The first figure that has anything to compare, unit by unit; None when all are zero.

    The table beside it has the numbers for those who do not see the drawing.
    """
    for column in columns:
        # Not what is merely due, which is there whether or not anything has been done.
        found = [
            (child.name, value) for child in children if (value := by_unit[child.pk][column.code]) is not None
        ]
        if column.measure.derive is None and any(value for _, value in found):
            break
    else:
        return None
    title = f"各单位{column.label}"
    if len(found) > CHART_UNITS:
        found = sorted(found, key=lambda pair: pair[1], reverse=True)[:CHART_UNITS]
        title += f"（前{CHART_UNITS}位）"
    texts = [number(column, value) for _, value in found]
    spec = ChartSpec(
        kind="bar",
        title=title,
        unit=column.unit,
        categories=tuple(name for name, _ in found),
        series=(Series(column.label, tuple(float(value) for _, value in found)),),
    )
    told = "，".join(f"{name}{text}{column.unit}" for (name, _), text in zip(found, texts, strict=True))
    return UnitsChart(f"{title}（{column.unit}）", small.bars(spec, f"{title}：{told}", texts))
