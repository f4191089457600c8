"""The base of every ledger table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString


class ListTable(tables.Table):
    """A table as ``components/table.html`` draws it."""

    def lines(self) -> Iterator[list[tuple[SafeString, str, Any]]]:
        """The cells of each row that is shown: attributes of the cell, heading, content.

        A page has hundreds of cells, and but for the content a column's are all alike: they are worked out once.
        """
        columns = [(column.name, column.attrs["td"].as_html(), column.header) for column in self.columns]
        for row in self.paginated_rows:
            yield [(attributes, heading, row.get_cell(name)) for name, attributes, heading in columns]


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


class LinkColumn(tables.Column):
    """The record's own page, behind the value; long text is shortened by the theme, not cut."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        super().__init__(*args, **kwargs)


class YesNoColumn(tables.Column):
    def render(self, value: Any) -> SafeString:
        return format_html('<span class="{}">{}</span>', "yes" if value else "no", "是" if value else "否")
