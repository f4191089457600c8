"""The form that asks for a report, and the filters of the list of reports."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.utils import timezone

from ledgers.models import OrgUnit, User
from ledgers.periods import Period, PeriodError
from reporting.models import Report, ReportQuerySet
from reporting.reports import KINDS, UnsuitablePeriod

#: Years offered, the current one first; older ones are reached by the command line.
YEARS = 6


def year_choices() -> list[tuple[str, str]]:
    current = timezone.localdate().year
    return [(str(year), f"{year}年") for year in range(current, current - YEARS, -1)]


class DraftForm(forms.Form):
    """Which report to draft: a unit within the user's reach, a year and a kind."""

    unit = forms.ModelChoiceField(label="单位", queryset=OrgUnit.objects.none(), empty_label=None)
    period = forms.ChoiceField(label="年度", choices=year_choices)
    kind = forms.ChoiceField(label="类别", choices=Report.Kind.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = user.units()
        field.label_from_instance = lambda unit: unit.indented_name
        self.initial.setdefault("unit", user.unit_id)
        # Summaries of a year are written in its last weeks or after it; until then last year's is the one meant.
        today = timezone.localdate()
        self.initial.setdefault("period", str(today.year if today.month >= 11 else today.year - 1))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "kind" in cleaned and "period" in cleaned:
            try:
                period = Period.parse(cleaned["period"])
                KINDS[cleaned["kind"]].check(period)
            except (PeriodError, UnsuitablePeriod) as error:
                self.add_error("period", str(error))
            else:
                cleaned["period"] = period
        return cleaned


class ReportFilter(django_filters.FilterSet):
    """Filters of the list; they live in the URL, so a filtered list can be bookmarked."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label="搜索")
    unit = django_filters.ModelChoiceFilter(
        label="单位", queryset=OrgUnit.objects.none(), method="within_unit", empty_label="全部单位"
    )
    year = django_filters.ChoiceFilter(
        label="年度", choices=year_choices, method="of_year", empty_label="全部年度"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["unit"].field.queryset = user.units()
        self.filters["unit"].field.label_from_instance = lambda unit: unit.indented_name

    def within_unit(self, queryset: ReportQuerySet, name: str, value: OrgUnit) -> ReportQuerySet:
        return queryset.filter(unit__path__startswith=value.path)

    def of_year(self, queryset: ReportQuerySet, name: str, value: str) -> ReportQuerySet:
        return queryset.filter(period__startswith=value)
