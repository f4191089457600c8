"""List filters of the representatives."""

from __future__ import annotations

import django_filters
from django.db.models import Q
from django.utils import timezone

from ledgers.filters import RecordFilter
from ledgers.models import RecordQuerySet
from representatives.models import Appointment, Proposal, Representative, Training
from representatives.posts import Body


class RepresentativeFilter(RecordFilter):
    party = django_filters.ChoiceFilter(
        label="党派", choices=Representative.Party.choices, empty_label="全部党派"
    )
    body = django_filters.ChoiceFilter(
        label="所在组织", choices=Body.choices, empty_label="全部组织", method="by_body"
    )
    state = django_filters.ChoiceFilter(
        label="任职状态",
        choices=[
            ("held", "在任"),
            ("expired", "任期已满未更新"),
            ("former", "已卸任"),
            ("anonymous", "已匿名"),
        ],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Representative
        fields: list[str] = []

    def by_body(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        held = Appointment.objects.filter(body=value, ended_on__isnull=True)
        return queryset.filter(pk__in=held.values("representative"))

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        held = Appointment.objects.filter(ended_on__isnull=True)
        expired = held.filter(term_ends_on__lt=timezone.localdate())
        in_post = Q(pk__in=held.values("representative"))
        conditions = {
            "held": in_post,
            "expired": Q(pk__in=expired.values("representative")),
            "former": ~in_post & Q(anonymised_on__isnull=True),
            "anonymous": Q(anonymised_on__isnull=False),
        }
        return queryset.filter(conditions[value])


class TrainingFilter(RecordFilter):
    representative = django_filters.CharFilter(
        field_name="representative__name", lookup_expr="icontains", label="姓名"
    )

    class Meta:
        model = Training
        fields: list[str] = []


class ProposalFilter(RecordFilter):
    channel = django_filters.ChoiceFilter(
        label="提交渠道", choices=Proposal.Channel.choices, empty_label="全部渠道"
    )
    state = django_filters.ChoiceFilter(
        label="办理状态",
        choices=[("open", "未答复"), ("replied", "已答复"), ("adopted", "已采纳")],
        empty_label="全部状态",
        method="by_state",
    )

    class Meta:
        model = Proposal
        fields: list[str] = []

    def by_state(self, queryset: RecordQuerySet, name: str, value: str) -> RecordQuerySet:
        if value == "adopted":
            return queryset.filter(adopted=True)
        return queryset.filter(replied_on__isnull=value == "open")
