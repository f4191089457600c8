"""List tables of the private sector."""

from __future__ import annotations

import django_tables2 as tables

from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable, YesNoColumn
from nonpublic.models import Contribution, Enterprise, EnterpriseRequest


class EnterpriseTable(RecordTable):
    name = LinkColumn()
    unit = tables.Column(order_by="unit__path")
    registered_capital = NumberColumn(verbose_name="注册资本（万元）")
    staff = NumberColumn(verbose_name="从业人数")
    chamber_member = YesNoColumn()

    class Meta(RecordTable.Meta):
        model = Enterprise
        fields = ("name", "credit_code", "unit", "sector", "registered_capital", "staff", "chamber_member")


class EnterpriseRequestTable(RecordTable):
    text = LinkColumn()
    enterprise = tables.Column(order_by="enterprise__name")
    unit = tables.Column(order_by="unit__path")
    raised_on = DayColumn()
    due = DayColumn()
    resolved_on = DayColumn(default="未办结")

    class Meta(RecordTable.Meta):
        model = EnterpriseRequest
        fields = ("text", "enterprise", "unit", "kind", "raised_on", "due", "resolved_on")


class ContributionTable(RecordTable):
    purpose = LinkColumn()
    enterprise = tables.Column(order_by="enterprise__name")
    unit = tables.Column(order_by="unit__path")
    given_on = DayColumn()
    amount = NumberColumn(verbose_name="金额（万元）")

    class Meta(RecordTable.Meta):
        model = Contribution
        fields = ("purpose", "enterprise", "unit", "given_on", "amount", "recipient_project")
