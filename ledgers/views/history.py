"""What happened to records: one record's changes, and deleted records with the way back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import TemplateView

from ledgers import services
from ledgers.access import Verb
from ledgers.history import CREATED, KIND_LABELS, RESTORABLE, FieldChange, changes_between, links
from ledgers.models import OrgUnit
from ledgers.views.base import LedgerView


@dataclass(frozen=True)
class Entry:
    when: Any
    who: str
    kind_label: str
    changes: list[FieldChange]
    batch: Any
    reason: str


class RecordHistory(LedgerView, TemplateView):
    verb = Verb.HISTORY
    template_name = "ledgers/history.html"
    shown = 200

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record = self.get_object()
        return super().get_context_data(**kwargs) | {
            "object": record,
            "entries": self.entries(record),
            "can_see_history": True,
            "active_tab": "history",
        }

    def entries(self, record: Any) -> list[Entry]:
        """Newest first, each with what it changed against the row before."""
        model = type(record)
        rows = list(
            record.history.select_related("history_user", "batch", *links(model)).order_by("-history_id")[
                : self.shown + 1
            ]
        )
        entries: list[Entry] = []
        for newer, older in pairwise([*rows, None]):
            if newer is None or len(entries) == self.shown:
                break
            changes = changes_between(older, newer, model) if older is not None else []
            if newer.history_type == CREATED:
                changes = []
            entries.append(
                Entry(
                    when=newer.history_date,
                    who=str(newer.history_user) if newer.history_user else "系统",
                    kind_label=KIND_LABELS[newer.history_type],
                    changes=changes,
                    batch=newer.batch,
                    reason=newer.history_change_reason or "",
                )
            )
        return entries


class DeletedView(LedgerView):
    verb = Verb.DELETE

    def deleted_rows(self) -> QuerySet[Any]:
        """The last history row of every deleted record that lay within the user's reach and can be restored."""
        model: Any = self.ledger.model
        rows: Any = model.history.model.objects
        later = rows.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
        reach = OrgUnit.objects.visible_to(self.user).order_by().values("pk")
        found: QuerySet[Any] = (
            rows.filter(RESTORABLE, unit__in=reach)
            .exclude(Exists(later))
            .select_related("history_user", "unit")
            .order_by("-history_id")
        )
        return found


class DeletedRecords(DeletedView, TemplateView):
    template_name = "ledgers/deleted.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.deleted_rows(), 50).get_page(self.request.GET.get("page"))
        rows = [
            {
                "name": str(_instance(row)),
                "unit": row.unit,
                "when": row.history_date,
                "who": str(row.history_user) if row.history_user else "系统",
                "restore_url": self.ledger.url("restore", history_id=row.history_id),
            }
            for row in page
        ]
        return super().get_context_data(**kwargs) | {
            "rows": rows,
            "page_obj": page,
            "total": page.paginator.count,
        }


def _instance(row: Any) -> Any:
    """The record as the row has it, with the unit that came in the row's own query."""
    instance = row.instance
    instance.unit = row.unit
    return instance


class RecordRestore(DeletedView, TemplateView):
    template_name = "ledgers/restore.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(
            request, self.template_name, self.get_context_data(row=self.row(), name=str(self.row().instance))
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            record = services.restore_record(history=self.row(), user=self.user)
        except ValidationError as refused:
            messages.error(request, f"不能恢复：{'；'.join(refused.messages)}")
            return redirect(self.ledger.url("deleted"))
        messages.success(request, f"已恢复：{record}")
        return redirect(record.get_absolute_url())

    def row(self) -> Any:
        return get_object_or_404(self.deleted_rows(), history_id=self.kwargs["history_id"])
