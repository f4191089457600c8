"""List filters of ethnic affairs."""

from __future__ import annotations

import django_filters

from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.filters import RecordFilter
from ledgers.returns.filters import ReturnFilter


class PopulationReturnFilter(ReturnFilter):
    class Meta:
        model = PopulationReturn
        fields: list[str] = []


class EthnicCompositionFilter(RecordFilter):
    class Meta:
        model = EthnicComposition
        fields: list[str] = []


class SupportProjectFilter(RecordFilter):
    progress = django_filters.ChoiceFilter(
        label="进度", choices=SupportProject.Progress.choices, empty_label="全部进度"
    )
    year = django_filters.NumberFilter(label="年度")

    class Meta:
        model = SupportProject
        fields: list[str] = []


class UnitySiteFilter(RecordFilter):
    grade = django_filters.ChoiceFilter(label="级别", choices=UnitySite.Grade.choices, empty_label="全部级别")

    class Meta:
        model = UnitySite
        fields: list[str] = []
