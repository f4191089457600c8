"""List tables of ethnic affairs."""

from __future__ import annotations

import django_tables2 as tables

from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.returns.tables import QuarterTable, StateColumn
from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable


class PopulationReturnTable(QuarterTable):
    residents = NumberColumn()
    registered = NumberColumn(verbose_name="户籍少数民族")
    migrant = NumberColumn(verbose_name="流动少数民族")
    minority = NumberColumn(verbose_name="少数民族合计")
    state = StateColumn()

    class Meta(RecordTable.Meta):
        model = PopulationReturn
        fields = ("period", "unit", "residents", "registered", "migrant", "minority", "state")


class EthnicCompositionTable(QuarterTable):
    group_count = NumberColumn(verbose_name="民族个数")
    registered = NumberColumn()
    migrant = NumberColumn()

    class Meta(RecordTable.Meta):
        model = EthnicComposition
        fields = ("period", "unit", "group_count", "registered", "migrant", "remark")


class SupportProjectTable(RecordTable):
    title = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    amount = NumberColumn(verbose_name="资金（万元）")
    spent = NumberColumn(verbose_name="已支出（万元）")

    class Meta(RecordTable.Meta):
        model = SupportProject
        fields = ("title", "unit", "year", "amount", "spent", "progress")

    def render_year(self, value: int) -> str:
        return str(value)  # A year takes no thousands separator.


class UnitySiteTable(RecordTable):
    title = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    named_on = DayColumn()

    class Meta(RecordTable.Meta):
        model = UnitySite
        fields = ("title", "unit", "grade", "named_on", "named_by")
