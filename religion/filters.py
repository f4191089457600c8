"""List filters of the venues."""

from __future__ import annotations

import django_filters
from django.db.models import Q
from django.utils import timezone

from ledgers.filters import RecordFilter, late
from ledgers.models import RecordQuerySet
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent


class VenueFilter(RecordFilter):
    faith = django_filters.ChoiceFilter(label="教别", choices=Venue.Faith.choices, empty_label="全部教别")
    kind = django_filters.ChoiceFilter(label="场所类别", choices=Venue.Kind.choices, empty_label="全部类别")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("open", "在册"), ("closed", "已注销")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Venue
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        lasting = Q(closed_on__isnull=True) | Q(closed_on__gt=timezone.localdate())
        return queryset.filter(lasting if value == "open" else ~lasting)


class InspectionFilter(RecordFilter):
    result = django_filters.ChoiceFilter(
        label="检查结果", choices=Inspection.Result.choices, empty_label="全部结果"
    )

    class Meta:
        model = Inspection
        fields: list[str] = []


class HazardFilter(RecordFilter):
    category = django_filters.ChoiceFilter(
        label="隐患类别", choices=Hazard.Category.choices, empty_label="全部类别"
    )
    state = django_filters.ChoiceFilter(
        label="整改状态",
        choices=[("open", "整改中"), ("overdue", "已逾期"), ("done", "已整改")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Hazard
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "done":
            return queryset.filter(rectified_on__isnull=False)
        open_ones = queryset.filter(rectified_on__isnull=True)
        return late(queryset, self.ledger) if value == "overdue" else open_ones


class VenueEventFilter(RecordFilter):
    plan = django_filters.ChoiceFilter(
        label="安全预案",
        choices=[("yes", "已有"), ("no", "还没有")],
        empty_label="全部",
        method="by_plan",
    )

    class Meta:
        model = VenueEvent
        fields: list[str] = []

    def by_plan(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        return queryset.filter(safety_plan=value == "yes")


class LiaisonVisitFilter(RecordFilter):
    state = django_filters.ChoiceFilter(
        label="需求",
        choices=[("open", "待办理"), ("done", "已办理"), ("none", "没有提出")],
        empty_label="全部",
        method="by_state",
    )

    class Meta:
        model = LiaisonVisit
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "none":
            return queryset.filter(raised="")
        raised = queryset.exclude(raised="")
        return raised.filter(outcome="") if value == "open" else raised.exclude(outcome="")
