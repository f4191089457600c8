"""List filters of overseas and Taiwan affairs."""

from __future__ import annotations

import django_filters

from ledgers.filters import RecordFilter, late
from ledgers.models import RecordQuerySet
from ledgers.returns.filters import ReturnFilter
from overseas.models import DonationProject, OverseasReturn, Reception, RegionComposition, ServiceRequest


class OverseasReturnFilter(ReturnFilter):
    class Meta:
        model = OverseasReturn
        fields: list[str] = []


class RegionCompositionFilter(RecordFilter):
    class Meta:
        model = RegionComposition
        fields: list[str] = []


class DonationProjectFilter(RecordFilter):
    progress = django_filters.ChoiceFilter(
        label="进度", choices=DonationProject.Progress.choices, empty_label="全部进度"
    )

    class Meta:
        model = DonationProject
        fields: list[str] = []


class ReceptionFilter(RecordFilter):
    kind = django_filters.ChoiceFilter(label="类别", choices=Reception.Kind.choices, empty_label="全部类别")

    class Meta:
        model = Reception
        fields: list[str] = []


class ServiceRequestFilter(RecordFilter):
    kind = django_filters.ChoiceFilter(
        label="类别", choices=ServiceRequest.Kind.choices, empty_label="全部类别"
    )
    state = django_filters.ChoiceFilter(
        label="办理状态",
        choices=[("open", "办理中"), ("slow", "超过30天未办结"), ("done", "已办结")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = ServiceRequest
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "slow":
            return late(queryset, self.ledger)
        return queryset.filter(resolved_on__isnull=value == "open")
