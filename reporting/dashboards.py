"""The dashboard of one unit and period, assembled from the indicator registry.

Plain data for the templates: no request, no HTML but drawings. Whatever the number of units below, of quarters and of
records, each kind of record costs one query for its figures, one for the units below and one for the last quarters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.apps import apps

from ledgers.computing import Compute, breakdown, compute, figures, series
from ledgers.indicators import Figure, Indicator, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.cards import Card, card
from reporting.comparison import (
    Breakdown,
    ByUnit,
    UnitsChart,
    columns_to_show,
    units_chart,
    units_table,
)
from reporting.pace import progress_of
from reporting.target_panel import TargetPanel, target_panel
from reporting.trends import Trends, followed, quarters_of, trends

#: A family leads with this many figures; those held to a target always lead.
HEADLINES: Final = 8


@dataclass(frozen=True)
class FamilyPanel:
    code: str
    label: str
    icon: str
    cards: tuple[Card, ...]
    others: tuple[Card, ...]
    trends: Trends | None
    chart: UnitsChart | None
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
    using: Compute = compute,
) -> Dashboard:
    """All figures of ``unit`` in ``period``; ``children`` are the units right below it."""
    values = figures(unit, period, using=using)
    progress = progress_of(unit, values.values(), today, using=using)
    cards = {code: card(figure, unit, progress.get(code)) for code, figure in values.items()}
    families = {family: ranked(members) for family, members in indicators.by_family().items()}

    by_unit: ByUnit = {}
    if children:
        by_unit = breakdown(children, period, [member.code for member in indicators.all()], using=using)
    quarters = quarters_of(period, today)
    chosen = {family: followed(members, values) for family, members in families.items()}
    codes = [member.code for members in chosen.values() for member in members]
    past = series(unit, quarters, codes, using=using)

    panels = []
    for family in sorted(families, key=family_order):
        members = families[family]
        leads = headlines(members, values)
        columns = columns_to_show(members, leads, by_unit)
        label, icon = family_heading(family)
        panels.append(
            FamilyPanel(
                code=family,
                label=label,
                icon=icon,
                cards=tuple(cards[member.code] for member in leads),
                others=tuple(cards[member.code] for member in members if member not in leads),
                trends=trends(unit, chosen[family], quarters, past, today),
                chart=units_chart(columns, children, by_unit) if children else None,
                breakdown=units_table(unit, period, columns, children, by_unit, values) if children else None,
            )
        )
    targets = target_panel(unit, period, values.values(), cards)
    return Dashboard(unit=unit, period=period, families=tuple(panels), targets=targets)


def periods_of(period: Period, today: dt.date) -> list[Period]:
    """The periods whose figures the page shows beside each other, so that they can be asked for together."""
    compared = [period, period.previous, period.same_period_last_year, Period(period.year)]
    return list(dict.fromkeys([*compared, *quarters_of(period, today)]))


def ranked(members: Sequence[Indicator]) -> list[Indicator]:
    """In the order of declaration, but a family's own ledgers before what it takes from others, and paperwork last.

    Who opens 民族工作 asks how many people there are, then what was done, and last which returns are still to come.
    """
    return sorted(
        members, key=lambda member: (member.is_paperwork, member.records._meta.app_label != member.family)
    )


def headlines(members: Sequence[Indicator], values: dict[str, Figure]) -> list[Indicator]:
    """The figures a family leads with, in their order."""
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
