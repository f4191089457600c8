"""Reading: the list with its filters, and one record."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import models
from django.views.generic import TemplateView

from ledgers import history
from ledgers.access import Verb
from ledgers.filters import RecordFilter
from ledgers.models import Record, RecordQuerySet
from ledgers.paging import PAGE_SIZES, paged
from ledgers.reach import Reach
from ledgers.registry import Ledger, ledgers
from ledgers.states import UNITS, States
from ledgers.tables import RecordTable
from ledgers.views.base import LedgerView


class FilteredRecords(LedgerView):
    """The records of a ledger under the filters and the order of the URL; lists and exports share it."""

    @cached_property
    def known(self) -> States:
        return States(UNITS, self.ledger.model._meta.db_table)

    @cached_property
    def reach(self) -> Reach:
        return Reach(self.user, self.known)

    def records(self) -> RecordQuerySet:
        """The ledger's records within the user's reach; for whom that is all, without a condition on the units."""
        if self.user.can(Verb.VIEW) and self.reach.is_everything:
            model: Any = self.ledger.model
            everything: RecordQuerySet = model._default_manager.all()
            return everything
        return super().records()

    def filtered(self) -> RecordFilter:
        return self.ledger.filterset(
            self.request.GET,
            queryset=self.get_queryset().order_by(*self.ledger.ordering),
            request=self.request,
            user=self.user,
            ledger=self.ledger,
            reach=self.reach,
        )


class RecordList(FilteredRecords, TemplateView):
    template_name = "ledgers/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        filterset = self.filtered()
        table = paged(
            self.ledger.table, filterset.qs, self.request, per_page=self._per_page(), known=self.known
        )
        table.empty_text = ""
        active = filterset.active()
        return super().get_context_data(**kwargs) | {
            "table": table,
            "filter": filterset,
            "page_obj": table.page,
            "total": table.paginator.count,
            "active_filters": active,
            "is_filtered": bool(active),
            "query_string": self._query_string(),
            "page_sizes": PAGE_SIZES,
        }

    def _per_page(self) -> int:
        asked = self.request.GET.get("per_page", "")
        return int(asked) if asked.isdecimal() and int(asked) in PAGE_SIZES else PAGE_SIZES[0]

    def _query_string(self) -> str:
        """The URL's parameters without the page, for links that keep filters and order."""
        data = self.request.GET.copy()
        data.pop("page", None)
        return data.urlencode()


class RecordDetail(LedgerView, TemplateView):
    template_name = "ledgers/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        record = self.get_object()
        return super().get_context_data(**kwargs) | {
            "object": record,
            "sections": self.sections(record),
            "related": self.related(record),
            "can_see_history": self.allowed(Verb.HISTORY),
            "active_tab": "detail",
        }

    def sections(self, record: Record) -> list[tuple[str, list[tuple[str, str]]]]:
        """Fields under the headings of the ledger's form, so that reading and entering look alike."""
        by_name = {field.name: field for field in history.record_fields(type(record))}
        groups = list(self.ledger.form.sections)
        placed = {name for _, names in groups for name in names}
        rest = tuple(name for name in by_name if name not in placed)
        if rest:
            groups.append(("其他" if groups else self.ledger.label, rest))
        units = self.ledger.form.units
        shown = []
        for title, names in groups:
            rows = []
            for name in names:
                if name in by_name:
                    value = history.display(record, by_name[name])
                    suffix = units.get(name, "") if value else ""
                    rows.append((str(by_name[name].verbose_name), f"{value}{suffix}"))
            shown.append((title, rows))
        return shown

    def related(self, record: Record) -> list[tuple[Ledger, RecordTable]]:
        """Tables of the records of other ledgers that point at this one."""
        tables = []
        for relation in type(record)._meta.related_objects:
            model: Any = relation.related_model
            if not ledgers.has_model(model) or not isinstance(relation.field, models.ForeignKey):
                continue
            other = ledgers.for_model(model)
            queryset = (
                model._default_manager.visible_to(self.user)
                .filter(**{relation.field.name: record})
                .select_related(*other.select_related)
                .order_by(*other.ordering)[:20]
            )
            # That they belong to this record is said by the page they stand on.
            table = other.table(data=queryset, orderable=False, exclude=(relation.field.name,))
            if self.user.can(Verb.ADD, other):
                # The form opens with this record filled in (RecordFormView.initial).
                table.add_url = f"{other.url('create')}?{relation.field.name}={record.pk}"
            tables.append((other, table))
        return tables
