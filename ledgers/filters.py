"""The base of every list filter: free-text search, unit subtree, and the period of the ledger's date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.http import QueryDict
from django.utils import timezone

from ledgers.models import OrgUnit, Record, RecordQuerySet, User
from ledgers.periods import Period, PeriodError
from ledgers.unit_choices import offer_units

if TYPE_CHECKING:
    from ledgers.reach import Reach
    from ledgers.registry import Ledger


def late(queryset: RecordQuerySet, ledger: Ledger) -> RecordQuerySet:
    """Of ``queryset``, what is past its deadline today; nothing where the ledger has none."""
    if ledger.deadline is None:
        return queryset.none()
    return queryset.filter(ledger.deadline.late(timezone.localdate()))


class RecordFilter(django_filters.FilterSet):
    """Filters of a ledger list. Values come from the URL only, so a filtered list can be bookmarked and sent on."""

    q = django_filters.CharFilter(
        method="search",
        label="搜索",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "搜索", "autocomplete": "off"}),
    )
    unit = django_filters.ModelChoiceFilter(
        label="单位", queryset=OrgUnit.objects.none(), method="within_unit", empty_label="全部单位"
    )
    period = django_filters.CharFilter(method="within_period", label="期间", widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, user: User, ledger: Ledger, reach: Reach | None = None, **kwargs: Any
    ) -> None:
        """``reach`` is the user's, where the page has it already."""
        super().__init__(*args, **kwargs)
        self.ledger = ledger
        if user.unit is None or user.unit.is_leaf():
            del self.filters["unit"]
        else:
            offer_units(self.filters["unit"].field, user.units(), (lambda: reach.options) if reach else None)
        if ledger.date_field is None:
            del self.filters["period"]
        else:
            self.filters["period"].field.widget = forms.Select(choices=self._period_choices())
        for declared in self.filters.values():
            queryset = getattr(declared.field, "queryset", None)
            if queryset is not None and issubclass(queryset.model, Record):
                declared.field.queryset = queryset.visible_to(user)

    @property
    def form(self) -> forms.Form:
        """The library makes a class of copies of the fields for each page, and of that a form of copies of these."""
        if not hasattr(self, "_form"):
            self._form: forms.Form = self._meta.form(
                self.data if self.is_bound else None, prefix=self.form_prefix
            )
            self._form.fields = {name: declared.field for name, declared in self.filters.items()}
        return self._form

    @staticmethod
    def _period_choices() -> list[tuple[str, str]]:
        year = timezone.localdate().year
        choices = [("", "全部时间")]
        for shown in range(year, year - 4, -1):
            whole = Period(shown)
            choices += [(str(whole), whole.label)]
            choices += [(str(quarter), quarter.label) for quarter in reversed(whole.quarters)]
        return choices

    def search(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        return queryset.filter(self.ledger.matching(value))

    def within_unit(self, queryset: RecordQuerySet, name: str, value: OrgUnit) -> RecordQuerySet:
        return queryset.within(value)

    def within_period(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        try:
            period = Period.parse(value)
        except PeriodError:
            return queryset.none()
        return queryset.filter(**{f"{self.ledger.date_field}__range": period.days})

    def active(self) -> list[tuple[str, str, str]]:
        """(label, value as shown, query string without this filter) of every filter in force."""
        data: QueryDict = self.data if isinstance(self.data, QueryDict) else QueryDict()
        shown = []
        for name, bound in self.filters.items():
            if not data.get(name):
                continue
            rest = data.copy()
            rest.pop(name, None)
            rest.pop("page", None)
            shown.append((str(bound.label), self._shown_value(name, str(data[name])), rest.urlencode()))
        return shown

    def _shown_value(self, name: str, raw: str) -> str:
        field = self.form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            chosen = self.form.cleaned_data.get(name) if self.form.is_valid() else None
            return str(chosen) if chosen is not None else raw
        for source in (field, field.widget):
            choices = getattr(source, "choices", None)
            if choices:
                return {str(key): str(label) for key, label in choices}.get(raw, raw)
        return raw
