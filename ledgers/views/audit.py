"""The auditor's page: every change to every ledger within the own subtree, newest first; read only."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.views.generic import TemplateView

from ledgers.access import Verb
from ledgers.guards import typed
from ledgers.history import CHANGED, KIND_LABELS, changes_between
from ledgers.models import OrgUnit
from ledgers.periods import Period, PeriodError
from ledgers.registry import Ledger, ledgers
from ledgers.views.base import SignedInMixin

PAGE_SIZE = 50


class AuditList(SignedInMixin, TemplateView):
    """History rows of one ledger (``?ledger=slug``), narrowed by who, what and when, all kept in the URL."""

    verb = Verb.HISTORY
    template_name = "audit/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        ledger = self._ledger()
        page = Paginator(self._rows(ledger), PAGE_SIZE).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        query.pop("page", None)
        return super().get_context_data(**kwargs) | {
            "ledger": ledger,
            "families": ledgers.families(),
            "kinds": KIND_LABELS,
            "chosen": {name: self.request.GET.get(name, "") for name in ("kind", "who", "period")},
            "entries": self._entries(ledger, list(page)),
            "page_obj": page,
            "total": page.paginator.count,
            "query_string": query.urlencode(),
        }

    def _ledger(self) -> Ledger:
        slug = self.request.GET.get("ledger")
        try:
            return ledgers.get(slug) if slug else ledgers.all()[0]
        except KeyError:
            raise Http404 from None

    def _rows(self, ledger: Ledger) -> QuerySet[Any]:
        model: Any = ledger.model
        reach = OrgUnit.objects.visible_to(self.user).order_by().values("pk")
        rows: QuerySet[Any] = model.history.filter(unit__in=reach)
        if (kind := self.request.GET.get("kind")) in KIND_LABELS:
            rows = rows.filter(history_type=kind)
        if who := typed(self.request.GET.get("who", "")):
            rows = rows.filter(history_user__name__icontains=who)
        if period := self.request.GET.get("period", "").strip():
            try:
                rows = rows.filter(history_date__date__range=Period.parse(period).days)
            except PeriodError:
                rows = rows.none()
        return rows.select_related("history_user", "batch", "unit").order_by("-history_id")

    def _entries(self, ledger: Ledger, rows: list[Any]) -> list[dict[str, Any]]:
        """One page of rows, each changed one with what it changed; two queries, whatever their number."""
        model: Any = ledger.model
        changed = [row.id for row in rows if row.history_type == CHANGED]
        before: dict[int, Any] = {}
        earlier: dict[int, list[Any]] = {}
        for row in model.history.filter(id__in=changed).order_by("history_id"):
            earlier.setdefault(row.id, []).append(row)
        for states in earlier.values():
            before.update({new.history_id: old for old, new in pairwise(states)})
        return [
            {
                "when": row.history_date,
                "who": str(row.history_user) if row.history_user else "系统",
                "kind": row.history_type,
                "kind_label": KIND_LABELS[row.history_type],
                "name": str(row.instance),
                "unit": row.unit,
                "batch": row.batch,
                "request_id": row.request_id,
                "changes": changes_between(before[row.history_id], row, model)
                if row.history_id in before
                else [],
            }
            for row in rows
        ]
