"""The dashboard page: a unit of the own subtree, a period, and everything the registry knows about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.views.generic import TemplateView

from ledgers.access import Role, Verb
from ledgers.models import OrgUnit
from ledgers.periods import Period, PeriodError
from ledgers.reminders import reminders_for
from ledgers.views.base import SignedInMixin
from reporting import dashboards
from reporting.dashboards import dashboard_url
from reporting.target_panel import where_targets_are_set

#: How many years the period picker offers, this one included.
YEARS = 4


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
    template_name = "reporting/dashboard/show.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        scope, today = self.scope(), timezone.localdate()
        compare: dashboards.Comparison = "trend" if self.request.GET.get("chart") == "trend" else "units"
        dashboard = dashboards.build(
            scope.unit, scope.period, children=scope.children, today=today, compare=compare
        )
        following = scope.period.next
        return super().get_context_data(**kwargs) | {
            "dashboard": dashboard,
            "targets_url": where_targets_are_set(self.user),
            "year_url": dashboard_url(scope.unit, Period(scope.period.year)),
            # Leaders start here, and have no other page that tells what waits for them.
            "reminders": reminders_for(self.user, today) if self.user.role == Role.LEADER else [],
            "unit": scope.unit,
            "period": scope.period,
            "units": scope.reach,
            "ancestors": [(unit, dashboard_url(unit, scope.period)) for unit in scope.ancestors],
            "has_children": bool(scope.children),
            "compare": compare,
            "periods": period_choices(scope.period, today),
            "earlier": dashboard_url(scope.unit, scope.period.previous),
            "later": dashboard_url(scope.unit, following) if following.first_day <= today else "",
            "today": today,
            "is_running": scope.period.contains(today),
        }


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
