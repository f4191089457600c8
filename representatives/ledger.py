"""The ledgers of the representatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import URLPattern, path

from ledgers.access import Role
from ledgers.models import ImportBatch, User
from ledgers.registry import Ledger, ledgers
from representatives import filters, forms, models, samples, services, sheets, tables


@ledgers.register
class RepresentativeLedger(Ledger):
    slug = "representatives"
    label = "党外代表人士"
    description = (
        "担任人大代表、政协委员、工商联和商会等公职的党外代表人士；没有公职的不登记，卸任满期后自动匿名。"
    )
    icon = "identification"
    order = 10
    model = models.Representative
    form = forms.RepresentativeForm
    filterset = filters.RepresentativeFilter
    table = tables.RepresentativeTable
    sheet = sheets.RepresentativeSheet
    samples = samples.representatives
    search_fields = ("name", "posts", "employer")
    # Named persons: the township office keeps them, not every village.
    writers = frozenset({Role.OFFICER})
    parts = ("appointments",)
    detail_view = "representatives.views.RepresentativeDetail"
    edit_view = "representatives.views.RepresentativeEdit"
    history_view = "representatives.views.RepresentativeHistory"
    deleted_view = "representatives.views.DeletedRepresentatives"
    restore_view = "representatives.views.RepresentativeRestore"

    def write_parts(
        self, records: Sequence[Any], *, user: User | None, batch: ImportBatch | None = None
    ) -> None:
        services.write_appointments(records, user=user, batch=batch)

    def extra_urls(self) -> list[URLPattern]:
        from ledgers.choosers import RecordSuggest  # views import models, which a registry must not need

        return [path("suggest/", RecordSuggest.as_view(ledger=self), name="suggest")]


@ledgers.register
class TrainingLedger(Ledger):
    slug = "trainings"
    label = "代表人士培训"
    description = "党外代表人士参加的培训，一人一期一条。"
    icon = "academic-cap"
    order = 20
    model = models.Training
    form = forms.TrainingForm
    filterset = filters.TrainingFilter
    table = tables.TrainingTable
    sheet = sheets.TrainingSheet
    samples = samples.trainings
    search_fields = ("title", "organiser", "representative__name")
    date_field = "attended_on"
    select_related = ("unit", "representative")
    writers = frozenset({Role.OFFICER})


@ledgers.register
class ProposalLedger(Ledger):
    slug = "proposals"
    label = "提案建议"
    description = "党外代表人士提交的提案、建议和社情民意，以及答复和采纳情况。"
    icon = "document-check"
    order = 30
    model = models.Proposal
    form = forms.ProposalForm
    filterset = filters.ProposalFilter
    table = tables.ProposalTable
    sheet = sheets.ProposalSheet
    samples = samples.proposals
    search_fields = ("title", "department", "representative__name")
    date_field = "submitted_on"
    select_related = ("unit", "representative")
    writers = frozenset({Role.OFFICER})
