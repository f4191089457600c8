"""The ledgers of ethnic affairs."""

from __future__ import annotations

from ethnicity import filters, forms, models, samples, sheets, tables
from ledgers.access import Role
from ledgers.registry import Ledger, ledgers
from ledgers.returns.ledger import CompositionLedger, ReturnLedger


@ledgers.register
class PopulationReturnLedger(ReturnLedger):
    slug = "population-returns"
    label = "人口季报"
    description = "各村每季度的常住人口和少数民族人口数，只报人数，不登记个人，不分民族。"
    icon = "users"
    order = 10
    model = models.PopulationReturn
    form = forms.PopulationReturnForm
    filterset = filters.PopulationReturnFilter
    table = tables.PopulationReturnTable
    sheet = sheets.PopulationReturnSheet
    samples = samples.population_returns


@ledgers.register
class EthnicCompositionLedger(CompositionLedger):
    slug = "ethnic-composition"
    label = "民族构成"
    description = "乡镇每季度各民族人数，只到乡镇一级；不足5人的民族并入其他。"
    icon = "chart-pie"
    order = 20
    model = models.EthnicComposition
    balance = {"registered": "ethnicity.registered", "migrant": "ethnicity.migrant"}
    form = forms.EthnicCompositionForm
    filterset = filters.EthnicCompositionFilter
    table = tables.EthnicCompositionTable
    sheet = sheets.EthnicCompositionSheet
    samples = samples.ethnic_compositions


@ledgers.register
class SupportProjectLedger(Ledger):
    slug = "support-projects"
    label = "扶持项目"
    description = "少数民族发展资金项目的资金、支出和进度。"
    icon = "banknotes"
    order = 30
    model = models.SupportProject
    form = forms.SupportProjectForm
    filterset = filters.SupportProjectFilter
    table = tables.SupportProjectTable
    sheet = sheets.SupportProjectSheet
    samples = samples.support_projects
    search_fields = ("title", "outcome")
    writers = frozenset({Role.OFFICER})


@ledgers.register
class UnitySiteLedger(Ledger):
    slug = "unity-sites"
    label = "民族团结示范点"
    description = "命名的民族团结进步示范单位和示范点，只登记单位和场所。"
    icon = "star"
    order = 40
    model = models.UnitySite
    form = forms.UnitySiteForm
    filterset = filters.UnitySiteFilter
    table = tables.UnitySiteTable
    sheet = sheets.UnitySiteSheet
    samples = samples.unity_sites
    search_fields = ("title", "named_by")
    date_field = "named_on"
