"""The base of every ledger table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2.columns import BoundColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import signature

from ledgers.rendering import escaped


class ListTable(tables.Table):
    """A table as ``components/table.html`` draws it."""

    def body(self) -> SafeString:
        """The rows that are shown, drawn.

        A page has hundreds of cells, and those of a column differ in their content only. The library works out the
        rest anew for each of them, which took longer than all else on the page.
        """
        columns = [
            (
                format_html(
                    '<td {} role="cell" data-label="{}">', column.attrs["td"].as_html(), column.header
                ),
                self._cell_of(column),
            )
            for column in self.columns
        ]
        lines = []
        for row in self.paginated_rows:
            cells = [f"{opening}{escaped(localize(cell(row)))}</td>" for opening, cell in columns]
            lines.append(f'<tr role="row">{"".join(cells)}</tr>')
        # Each cell is escaped where it is drawn, as a template would.
        return mark_safe("\n".join(lines))  # noqa: S308

    def _cell_of(self, column: BoundColumn) -> Callable[[BoundRow], Any]:
        """What draws a cell of the column, given its row."""
        value_of = self._value_of(str(column.accessor))
        if value_of is None:
            return lambda row: row.get_cell(column.name)
        arguments, takes_all = signature(column.render)
        default, empty, render = column.default, column.column.empty_values, column.render
        same = {"column": column.column, "bound_column": column, "table": self}
        links = isinstance(column.column, LinkColumn)

        def draw(row: BoundRow) -> Any:
            record = row.record
            value = value_of(record)
            if value in empty:
                return default
            if arguments == ("value",) and not takes_all:
                content = render(value=value)
            else:
                known = {**same, "value": value, "record": record, "bound_row": row}
                content = render(**(known if takes_all else {name: known[name] for name in arguments}))
            if links:
                return mark_safe(f'<a href="{escaped(record.get_absolute_url())}">{escaped(content)}</a>')  # noqa: S308
            return column.link(content, **same, record=record, value=value) if column.link else content

        return draw

    def _value_of(self, name: str) -> Callable[[Any], Any] | None:
        """What reads a field of the table's model from a record, a choice by its label; None for anything else."""
        try:
            field: Any = self._meta.model._meta.get_field(name)
        except (AttributeError, FieldDoesNotExist):
            return None
        read = attrgetter(name)
        if not getattr(field, "choices", None):
            return read
        # As get_FOO_display does, which puts the labels together anew for each record.
        labels = {value: str(label) for value, label in field.flatchoices}

        def label(record: Any) -> Any:
            value = read(record)
            return labels.get(value, value)

        return label


class RecordTable(ListTable):
    """A list of records; ``Meta.fields`` names the columns, the first of them leads to the record."""

    #: Where a record like these is added, from the page of the record they belong to.
    add_url = ""

    class Meta:
        attrs = {"class": "table table-hover records"}
        empty_text = ""
        order_by_field = "sort"


class NumberColumn(tables.Column):
    """Right-aligned, with the unit in the header and no trailing zeros."""

    attrs = {"td": {"class": "number"}, "th": {"class": "number"}}

    def render(self, value: Any) -> str:
        text = f"{value:,}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class DayColumn(tables.Column):
    """A date; the library's own column draws a template for each."""

    def render(self, value: dt.date) -> str:
        return f"{value:%Y-%m-%d}"


class LinkColumn(tables.Column):
    """The record's own page, behind the value; long text is shortened by the theme, not cut."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        super().__init__(*args, **kwargs)


_YES = mark_safe('<span class="yes">是</span>')
_NO = mark_safe('<span class="no">否</span>')


class YesNoColumn(tables.Column):
    def render(self, value: Any) -> SafeString:
        return _YES if value else _NO
