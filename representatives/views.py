"""The representative's page with the posts held, and what is different where a person is concerned."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from ledgers.history import CHANGED, CREATED, DELETED, FieldChange, changes_between
from ledgers.models import Record
from ledgers.views.edit import RecordEdit
from ledgers.views.history import DeletedRecords, Entry, RecordHistory, RecordRestore
from ledgers.views.records import RecordDetail
from representatives.models import Appointment, Representative
from representatives.retention import anonymised_from
from representatives.services import Anonymised, restore_appointments


class RepresentativeDetail(RecordDetail):
    template_name = "representatives/representative_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        person: Representative = context["object"]
        return context | {
            "appointments": person.appointments.order_by("ended_on", "pk"),
            "anonymised_from": anonymised_from(person),
            "today": timezone.localdate(),
            "can_change": context["can_change"] and person.anonymised_on is None,
        }

    def sections(self, record: Record) -> list[tuple[str, list[tuple[str, str]]]]:
        """Without the rest: the posts have a panel of their own, and the day of anonymity a notice."""
        placed = {title for title, _ in self.ledger.form.sections}
        return [section for section in super().sections(record) if section[0] in placed]


class RepresentativeEdit(RecordEdit):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._refuse() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._refuse() or super().post(request, *args, **kwargs)

    def _refuse(self) -> HttpResponse | None:
        person: Any = self.get_object()
        if person.anonymised_on is None:
            return None
        messages.error(self.request, " ".join(Anonymised().messages))
        return redirect(person.get_absolute_url())


class RepresentativeHistory(RecordHistory):
    """The changes of the posts stand among those of the person."""

    def entries(self, record: Any) -> list[Entry]:
        rows: dict[int, list[Any]] = {}
        found = Appointment.history.filter(representative_id=record.pk).select_related(
            "history_user", "batch"
        )
        for row in found.order_by("history_id"):
            rows.setdefault(row.id, []).append(row)
        entries = super().entries(record)
        for states in rows.values():
            entries += [self._entry(older, newer) for older, newer in pairwise([None, *states])]
        # The person's own row is written together with the posts' and leads them.
        return sorted(entries, key=lambda entry: entry.when, reverse=True)[: self.shown]

    def _entry(self, older: Any, newer: Any) -> Entry:
        labels = {CREATED: "新增任职", CHANGED: "修改任职", DELETED: "删除任职"}
        if newer.history_type == CHANGED and older is not None:
            changes = changes_between(older, newer, Appointment)
        else:
            old, new = ("", newer.post) if newer.history_type == CREATED else (newer.post, "")
            changes = [FieldChange("post", "职务全称", old, new)]
        return Entry(
            when=newer.history_date,
            who=str(newer.history_user) if newer.history_user else "系统",
            kind_label=labels[newer.history_type],
            changes=changes,
            batch=newer.batch,
            reason=newer.history_change_reason or "",
        )


class _NamedOnly:
    """A deleted person whose history has been made anonymous is not brought back."""

    def deleted_rows(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().deleted_rows()  # type: ignore[misc]
        return rows.filter(anonymised_on__isnull=True)


class DeletedRepresentatives(_NamedOnly, DeletedRecords):
    pass


class RepresentativeRestore(_NamedOnly, RecordRestore):
    """A restored person gets the posts back in the same transaction, or is not restored."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk = self.row().id
        try:
            with transaction.atomic():
                response = super().post(request, *args, **kwargs)
                person = Representative.objects.filter(pk=pk).first()
                if person is not None:
                    restore_appointments(representative=person, user=self.user)
        except ValidationError as refused:
            messages.error(request, f"不能恢复：{'；'.join(refused.messages)}")
            return redirect(self.ledger.url("deleted"))
        return response
