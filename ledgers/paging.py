"""Pages of a long list without reading the rows before them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django_tables2.rows import BoundRows

from ledgers.models import RecordQuerySet

PAGE_SIZES = (25, 50, 100)


class RecordPaginator(Paginator):
    """Pages the rows of a table over a queryset: first the keys of the page, from an index, then its rows.

    With OFFSET the database walks over every skipped row; walking over index entries instead of whole joined rows
    is what keeps the last page of 100,000 records fast. A page number that does not exist gives the nearest one.
    """

    object_list: BoundRows

    @property
    def queryset(self) -> RecordQuerySet:
        queryset: RecordQuerySet = self.object_list.data.data
        return queryset

    @property
    def count(self) -> int:
        if not hasattr(self, "_count"):
            self._count: int = self.queryset.order_by().count()
        return self._count

    def page(self, number: Any) -> Page[Any]:
        try:
            number = self.validate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = 1 if str(number).startswith("-") or str(number) == "0" else self.num_pages
        start = (number - 1) * self.per_page
        keys = list(
            self.queryset.select_related(None).values_list("pk", flat=True)[start : start + self.per_page]
        )
        by_key = self._unsliced().in_bulk(keys)
        rows = [by_key[key] for key in keys if key in by_key]
        return Page(BoundRows(rows, table=self.object_list.table), number, self)

    def _unsliced(self) -> RecordQuerySet:
        """The same rows with the same joins and annotations, but without the filters and the order."""
        return self.queryset.order_by()
