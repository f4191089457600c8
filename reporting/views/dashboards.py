"""The dashboard page: a unit of the own subtree, a period, and everything the registry knows about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.views.generic import TemplateView

from ledgers.access import Verb
from ledgers.models import OrgUnit
from ledgers.password_age import password_ends
from ledgers.periods import Period, PeriodError, PeriodKind
from ledgers.returns.board import STATUSES
from ledgers.views.base import SignedInMixin
from reporting import dashboards
from reporting.attention import concerns
from reporting.cards import dashboard_url
from reporting.remembered import Remembered, Shown
from reporting.returns_board import FILTERS, ORDERS, ReturnsBoard, quarter_of, returns_board
from reporting.target_panel import TargetPanel, where_targets_are_set
from reporting.targets_below import TargetsBelow, targets_below

#: How many years the period picker offers, this one included.
YEARS = 4
KINDS: dict[PeriodKind, str] = {"quarter": "季度", "half": "半年", "year": "全年"}


@dataclass(frozen=True)
class Scope:
    """A unit and a period from the URL, and the user's units around it (all from one query)."""

    unit: OrgUnit
    period: Period
    reach: list[OrgUnit]

    @property
    def children(self) -> list[OrgUnit]:
        """Units right below, without those closed before the period began."""
        return [
            unit
            for unit in self.reach
            if unit.depth == self.unit.depth + 1
            and unit.is_within(self.unit)
            and (unit.closed_on is None or unit.closed_on > self.period.first_day)
        ]

    @property
    def below(self) -> list[OrgUnit]:
        """The unit itself and all below it."""
        return [unit for unit in self.reach if unit.is_within(self.unit)]

    @property
    def ancestors(self) -> list[OrgUnit]:
        """Units above within the user's reach, topmost first."""
        return [unit for unit in self.reach if self.unit.is_within(unit) and unit.pk != self.unit.pk]


class ScopeMixin(SignedInMixin):
    """Reads ``?unit=CODE&period=2025Q3``. A unit out of reach is 404, and so is a period that is none."""

    verb = Verb.VIEW

    def scope(self) -> Scope:
        reach = list(self.user.units())
        if not reach:
            raise Http404
        code = self.request.GET.get("unit")
        unit = next((unit for unit in reach if unit.code == code), None) if code else reach[0]
        if unit is None:
            raise Http404
        asked = self.request.GET.get("period")
        try:
            period = Period.parse(asked) if asked else Period.containing(timezone.localdate())
        except PeriodError:
            raise Http404 from None
        return Scope(unit, period, reach)


class DashboardView(ScopeMixin, TemplateView):
    """``?view=print`` is the same page as the few sheets that are carried into a meeting, without navigation.

    ``?view=print-all`` adds the tables of quarters and units, and the other indicators.
    """

    template_name = "reporting/dashboard/show.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        scope, today, view = self.scope(), timezone.localdate(), self.request.GET.get("view")
        unit, period, children = scope.unit, scope.period, scope.children
        using = Remembered(Shown(unit, children, scope.below, dashboards.periods_of(period, today))).compute
        dashboard = dashboards.build(unit, period, children=children, today=today, using=using)
        board = self.board(scope, quarter_of(period, today), today)
        current = quarter_of(Period.containing(today), today)
        below = targets_below(children, Period(period.year), today, using=using)
        return super().get_context_data(**kwargs) | {
            "dashboard": dashboard,
            "board": board,
            "targets_below": below,
            # A leader's first page is this one.
            "reminders": list(password_ends(self.user, today)),
            "concerns": concerns(
                unit,
                user=self.user,
                today=today,
                board=board if board.quarter == current else self.board(scope, current, today),
                below=scope.below,
                # Of a period that is over nothing can be made up for any more.
                targets=dashboard.targets if period.contains(today) else TargetPanel(()),
                targets_below=below if below.year.contains(today) else TargetsBelow(below.year, (), 0),
            ),
            "targets_url": where_targets_are_set(self.user),
            "year_url": dashboard_url(unit, Period(period.year)),
            "unit": unit,
            "period": period,
            "units": scope.reach,
            "has_children": bool(children),
            "ancestors": [(above, dashboard_url(above, period)) for above in scope.ancestors],
            "periods": period_choices(period, today),
            "kinds": [
                (label, dashboard_url(unit, switched(period, kind, today)), kind == period.kind)
                for kind, label in KINDS.items()
            ],
            "earlier": dashboard_url(unit, period.previous),
            "later": dashboard_url(unit, period.next) if period.next.first_day <= today else "",
            "states": [(name, STATUSES[name].label) for name in FILTERS],
            "orders": ORDERS.items(),
            "print_url": f"{dashboard_url(unit, period)}&view=print",
            "print_all_url": f"{dashboard_url(unit, period)}&view=print-all",
            "is_print": view in ("print", "print-all"),
            "is_brief": view == "print",
            "now": timezone.localtime(),
            "is_running": period.contains(today),
        }

    def board(self, scope: Scope, quarter: Period, today: dt.date) -> ReturnsBoard:
        """The returns of ``quarter``, narrowed and ordered as the URL says."""
        state, order = self.request.GET.get("state", ""), self.request.GET.get("order", "")
        return returns_board(
            scope.unit,
            scope.children,
            scope.reach,
            quarter,
            user=self.user,
            today=today,
            period=scope.period,
            state=state if state in FILTERS else "",
            order=order if order in ORDERS else "unit",
        )


def switched(period: Period, kind: PeriodKind, today: dt.date) -> Period:
    """The period of another kind that somebody means who looks at ``period``: today's where it runs, else its last."""
    if period.kind == kind:
        return period
    return Period.containing(today if period.contains(today) else period.last_day, kind)


def period_choices(chosen: Period, today: dt.date) -> list[tuple[str, list[Period]]]:
    """Periods begun by ``today``, by year, newest first; ``chosen`` is always among them."""
    years = sorted({*range(today.year, today.year - YEARS, -1), chosen.year}, reverse=True)
    grouped = []
    for year in years:
        parts = [
            Period(year),
            *(Period(year, "half", n) for n in (2, 1)),
            *(Period(year, "quarter", n) for n in (4, 3, 2, 1)),
        ]
        grouped.append((f"{year}年", [part for part in parts if part.first_day <= today or part == chosen]))
    return grouped
