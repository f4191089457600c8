"""List tables of the representatives."""

from __future__ import annotations

import django_tables2 as tables

from ledgers.tables import DayColumn, LinkColumn, NumberColumn, RecordTable, YesNoColumn
from representatives.models import Proposal, Representative, Training


class RepresentativeTable(RecordTable):
    name = LinkColumn()
    unit = tables.Column(order_by="unit__path")

    class Meta(RecordTable.Meta):
        model = Representative
        fields = ("name", "posts", "party", "unit", "employer", "title")


class TrainingTable(RecordTable):
    title = LinkColumn()
    representative = tables.Column(order_by="representative__name", verbose_name="姓名")
    unit = tables.Column(order_by="unit__path")
    attended_on = DayColumn()
    days = NumberColumn(verbose_name="天数")

    class Meta(RecordTable.Meta):
        model = Training
        fields = ("title", "representative", "unit", "attended_on", "organiser", "days")


class ProposalTable(RecordTable):
    title = LinkColumn()
    representative = tables.Column(order_by="representative__name", verbose_name="姓名")
    unit = tables.Column(order_by="unit__path")
    submitted_on = DayColumn()
    replied_on = DayColumn(default="未答复")
    adopted = YesNoColumn()

    class Meta(RecordTable.Meta):
        model = Proposal
        fields = ("title", "representative", "unit", "channel", "submitted_on", "replied_on", "adopted")
