"""List filters of the private sector."""

from __future__ import annotations

import django_filters
from django.db.models import Q
from django.utils import timezone

from ledgers.filters import RecordFilter, late
from ledgers.models import RecordQuerySet
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest


class EnterpriseFilter(RecordFilter):
    sector = django_filters.ChoiceFilter(
        label="行业门类", choices=Enterprise.Sector.choices, empty_label="全部行业"
    )
    chamber = django_filters.ChoiceFilter(
        label="商会会员",
        choices=[("yes", "会员"), ("no", "非会员")],
        empty_label="全部",
        method="by_membership",
    )
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("open", "在册"), ("closed", "已注销")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def by_membership(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        return queryset.filter(chamber_member=value == "yes")

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        lasting = Q(closed_on__isnull=True) | Q(closed_on__gt=timezone.localdate())
        return queryset.filter(lasting if value == "open" else ~lasting)


class EnterpriseRequestFilter(RecordFilter):
    kind = django_filters.ChoiceFilter(
        label="诉求类别", choices=EnterpriseRequest.Kind.choices, empty_label="全部类别"
    )
    state = django_filters.ChoiceFilter(
        label="办理状态",
        choices=[("open", "办理中"), ("overdue", "已逾期"), ("done", "已办结")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = EnterpriseRequest
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "done":
            return queryset.filter(resolved_on__isnull=False)
        unresolved = queryset.filter(resolved_on__isnull=True)
        return late(queryset, self.ledger) if value == "overdue" else unresolved


class ContributionFilter(RecordFilter):
    at_least = django_filters.NumberFilter(field_name="amount", lookup_expr="gte", label="金额不低于（万元）")

    class Meta:
        model = Contribution
        fields: list[str] = []
