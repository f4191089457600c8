"""The forms that ask for reports, and the filters of the list of reports."""

from __future__ import annotations

from typing import Any, Final

import django_filters
from django import forms
from django.utils import timezone

from ledgers.models import OrgUnit, User
from ledgers.periods import Period, PeriodError
from ledgers.unit_choices import offer_units
from reporting.models import Report, ReportQuerySet
from reporting.reports import KINDS, UnsuitablePeriod

#: Years offered, the current one first; older ones are reached by the command line.
YEARS: Final = 6
#: Parts of a year, as periods are written and as people say them.
_PARTS: Final = (
    ("Y", "全年"),
    ("H1", "上半年"),
    ("H2", "下半年"),
    ("Q1", "第一季度"),
    ("Q2", "第二季度"),
    ("Q3", "第三季度"),
    ("Q4", "第四季度"),
)


def year_choices() -> list[tuple[str, str]]:
    current = timezone.localdate().year
    return [(str(year), f"{year}年") for year in range(current, current - YEARS, -1)]


def period_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Periods that have begun, grouped by their kind, newest first."""
    today = timezone.localdate()
    years = range(today.year, today.year - YEARS, -1)

    def of(kind: Any, numbers: range) -> list[tuple[str, str]]:
        periods = [Period(year, kind, number) for year in years for number in numbers]
        return [(str(period), period.label) for period in periods if period.first_day <= today]

    return [
        ("全年", of("year", range(1, 2))),
        ("半年", of("half", range(2, 0, -1))),
        ("季度", of("quarter", range(4, 0, -1))),
    ]


def _usual_period(kind: str) -> Period:
    """The period somebody means who asks for this kind of report today."""
    today = timezone.localdate()
    if kind == Report.Kind.QUARTERLY:
        return Period.containing(today, "quarter").previous
    if kind == Report.Kind.HALF:
        return Period.containing(today, "half").previous
    # Summaries of a year are written in its last weeks or after it; until then last year's is the one meant.
    return Period(today.year if today.month >= 11 else today.year - 1)


class DraftForm(forms.Form):
    """Which report to draft: a unit within the user's reach, a kind and a period that goes with it."""

    unit = forms.ModelChoiceField(label="单位", queryset=OrgUnit.objects.none(), empty_label=None)
    kind = forms.ChoiceField(label="类别", choices=Report.Kind.choices, initial=Report.Kind.ANNUAL)
    period = forms.ChoiceField(
        label="期间",
        choices=period_choices,
        help_text="年度总结选全年，半年总结选半年，季度工作情况选季度；民族团结进步情况汇报都可以。",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self.fields["unit"], user.units())
        self.initial.setdefault("unit", user.unit_id)
        self.initial.setdefault("period", str(_usual_period(self.initial.get("kind", Report.Kind.ANNUAL))))

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


class BatchForm(DraftForm):
    """The same for all units directly below one."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        field: Any = self.fields["unit"]
        field.label = "上级单位"
        field.help_text = "为它下面的每个单位各起草一份。"
        field.queryset = field.queryset.filter(numchild__gt=0)


class ReportFilter(django_filters.FilterSet):
    """Filters of the list; they live in the URL, so a filtered list can be bookmarked."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label="搜索")
    kind = django_filters.ChoiceFilter(label="类别", choices=Report.Kind.choices, empty_label="全部类别")
    state = django_filters.ChoiceFilter(label="状态", choices=Report.State.choices, empty_label="全部状态")
    unit = django_filters.ModelChoiceFilter(
        label="单位", queryset=OrgUnit.objects.none(), method="within_unit", empty_label="全部单位"
    )
    year = django_filters.ChoiceFilter(
        label="年度", choices=year_choices, method="of_year", empty_label="全部年度"
    )
    part = django_filters.ChoiceFilter(label="期间", choices=_PARTS, method="of_part", empty_label="全部期间")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_units(self.filters["unit"].field, user.units())

    def within_unit(self, queryset: ReportQuerySet, name: str, value: OrgUnit) -> ReportQuerySet:
        return queryset.filter(unit__path__startswith=value.path)

    def of_year(self, queryset: ReportQuerySet, name: str, value: str) -> ReportQuerySet:
        return queryset.filter(period__startswith=value)

    def of_part(self, queryset: ReportQuerySet, name: str, value: str) -> ReportQuerySet:
        return queryset.filter(period__regex=r"^\d{4}$" if value == "Y" else rf"{value}$")
