"""List filters of the office's own work."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, Q

from ledgers.filters import RecordFilter, late
from ledgers.indicators import indicators
from ledgers.models import RecordQuerySet
from ledgers.work.models import (
    Activity,
    Brief,
    Fund,
    LiaisonGroup,
    Rectification,
    Target,
)


class ActivityFilter(RecordFilter):
    kind = django_filters.ChoiceFilter(
        label="活动类别", choices=Activity.Kind.choices, empty_label="全部类别"
    )

    class Meta:
        model = Activity
        fields: list[str] = []


class BriefFilter(RecordFilter):
    kind = django_filters.ChoiceFilter(label="信息类别", choices=Brief.Kind.choices, empty_label="全部类别")
    adopted = django_filters.ChoiceFilter(
        label="采用情况",
        choices=[("yes", "已采用"), ("no", "未采用")],
        empty_label="全部",
        method="by_adoption",
    )

    class Meta:
        model = Brief
        fields: list[str] = []

    def by_adoption(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        adopted = ~Q(adopted_by="")
        return queryset.filter(adopted if value == "yes" else ~adopted)


class RectificationFilter(RecordFilter):
    state = django_filters.ChoiceFilter(
        label="整改状态",
        choices=[("open", "整改中"), ("overdue", "已逾期"), ("done", "已完成")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Rectification
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "done":
            return queryset.filter(done_on__isnull=False)
        unfinished = queryset.filter(done_on__isnull=True)
        return late(queryset, self.ledger) if value == "overdue" else unfinished


class FundFilter(RecordFilter):
    balance = django_filters.ChoiceFilter(
        label="结余",
        choices=[("left", "有结余"), ("none", "已用完")],
        empty_label="全部",
        method="by_balance",
    )

    class Meta:
        model = Fund
        fields: list[str] = []

    def by_balance(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        return (
            queryset.filter(spent__lt=F("amount")) if value == "left" else queryset.filter(spent=F("amount"))
        )


class LiaisonGroupFilter(RecordFilter):
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("running", "运行中"), ("ended", "已撤销")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = LiaisonGroup
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        return queryset.filter(ended_on__isnull=value == "running")


class TargetFilter(RecordFilter):
    indicator = django_filters.ChoiceFilter(label="指标", empty_label="全部指标")
    year = django_filters.NumberFilter(label="年度")

    class Meta:
        model = Target
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Indicators are declared after this class is read.
        self.filters["indicator"].field.choices = [(each.code, each.label) for each in indicators.all()]
