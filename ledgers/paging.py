"""Pages of a long list without reading the rows before them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import HttpRequest
from django_tables2 import Table
from django_tables2.rows import BoundRows

from ledgers.models import RecordQuerySet
from ledgers.states import States, counted

PAGE_SIZES = (25, 50, 100)


class RecordPaginator(Paginator):
    """Pages the rows of a table over a queryset: the keys of the page, from an index, and by them its rows.

    With OFFSET the database walks over every skipped row; walking over index entries instead of whole joined rows
    is what keeps the last page of 100,000 records fast. A page number that does not exist gives the nearest one.
    """

    object_list: BoundRows

    def __init__(self, *arguments: Any, known: States | None = None) -> None:
        super().__init__(*arguments)
        self.known = known

    @property
    def queryset(self) -> RecordQuerySet:
        queryset: RecordQuerySet = self.object_list.data.data
        return queryset

    @property
    def count(self) -> int:
        if not hasattr(self, "_count"):
            self._count: int = counted(self.queryset, self.known)
        return self._count

    def page(self, number: Any) -> Page[Any]:
        if str(number) == "1":
            # What fits on the first page has been counted by fetching it: a search walks over the rows once, not twice.
            rows = self._rows(slice(0, self.per_page + 1))
            if len(rows) <= self.per_page:
                self._count = len(rows)
            return self._page(rows[: self.per_page], 1)
        try:
            number = self.validate_number(number)
        except PageNotAnInteger:
            number = 1
        except EmptyPage:
            number = 1 if str(number).startswith("-") or str(number) == "0" else self.num_pages
        start = (number - 1) * self.per_page
        stop = min(start + self.per_page, self.count)
        if start <= self.count // 2:
            return self._page(self._rows(slice(start, stop)), number)
        # Nearer to the end than to the beginning: the way back over the index is the shorter one.
        from_end = self._rows(slice(self.count - stop, self.count - start), backwards=True)
        return self._page(from_end[::-1], number)

    def _rows(self, rows: slice, *, backwards: bool = False) -> list[Any]:
        ordered = self.queryset.reverse() if backwards else self.queryset
        keys = ordered.select_related(None).values("pk")[rows]
        return list(ordered.filter(pk__in=keys))

    def _page(self, rows: list[Any], number: int) -> Page[Any]:
        return Page(BoundRows(rows, table=self.object_list.table), number, self)


def paged(
    table_class: type[Table],
    queryset: Any,
    request: HttpRequest,
    *,
    per_page: int = PAGE_SIZES[0],
    known: States | None = None,
    **options: Any,
) -> Table:
    """The table over ``queryset`` in the order (``?sort=``) and at the page (``?page=``) that the URL asks for."""
    # Given the request, the table would cut itself into pages first, and count all rows for it.
    table = table_class(data=queryset, **options)
    if sorting := request.GET.getlist("sort"):
        table.order_by = sorting
        # A total order, so that no record shows on two pages or on none.
        table.data.data = table.data.data.order_by(*table.data.data.query.order_by, "-pk")
    table.paginate(RecordPaginator, per_page=per_page, page=request.GET.get("page", 1), known=known)
    return table
