"""The lists of an import's page: wrong cells, changes, new rows, skipped rows, and how the workbook was read.

One list is shown at a time; which one, its page and its filters are in the URL.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from ledgers.importing import batches
from ledgers.importing.forms import MONEY_UNITS, import_columns, quarter_choices
from ledgers.importing.left_alone import with_records
from ledgers.models import ImportBatch, User
from ledgers.registry import Ledger

PER_PAGE: Final = 50
State = ImportBatch.State


@dataclass(frozen=True)
class Tab:
    """``listed`` are the rows that the page has; ``count`` may be more, where not everything is kept."""

    key: str
    label: str
    count: int | None
    listed: Any = ()
    noun: str = "条"

    @property
    def listed_count(self) -> int:
        """How many rows the page has; counted by the database where they may be very many."""
        return self.listed.count() if isinstance(self.listed, QuerySet) else len(self.listed)


def tabs_of(batch: ImportBatch, user: User) -> list[Tab]:
    """The lists that there are, the most urgent first."""
    preview, counts, undone = batch.preview, batch.counts, batch.counts.get("undone") or {}
    sheets = [*preview.get("sheets", []), *preview.get("left_out", [])]
    skipped = [
        {"sheet": sheet["name"], **row}
        for sheet in preview.get("sheets", [])
        for row in sheet["skipped_rows"]
    ]
    notices = preview.get("notices", [])
    found = [
        Tab("kept", "撤销时保留", undone.get("kept_count", 0), batch.kept_records.all()),
        Tab("wrong", "有误的单元格", counts.get("errors", 0), preview.get("errors", []), "处"),
        Tab("changed", "变更的内容", preview.get("changed_cells", 0), preview.get("changes", []), "处"),
        Tab("notices", "变动较大", len(notices), notices, "处"),
        # What was counted is shown above, in a table of its own.
        Tab(
            "new",
            "新增的记录",
            counts.get("created", 0),
            [] if preview.get("counted") else preview.get("new", []),
        ),
        Tab("skipped", "跳过的行", counts.get("skipped", 0), skipped, "行"),
    ]
    if batch.state == State.APPLIED:
        found.insert(0, Tab("records", "写入的记录", None, _records(batch, user)))
    shown = [tab for tab in found if tab.listed_count]
    return [*shown, Tab("reading", "读表方式", None, sheets)] if sheets else shown


def _records(batch: ImportBatch, user: User) -> Any:
    """The history rows that the import wrote, of records that the user may open."""
    model: Any = batch.ledger.model
    visible = model._default_manager.visible_to(user).values("pk")
    return model.history.filter(batch=batch, id__in=visible).order_by("history_id")


def content(batch: ImportBatch, user: User, tabs: list[Tab], query: QueryDict) -> dict[str, Any]:
    """What the page shows of the list that was asked for, or of the first."""
    if not tabs:
        return {"tab": None}
    tab = next((tab for tab in tabs if tab.key == query.get("show")), tabs[0])
    if tab.key == "reading":
        return {"tab": tab, **_reading(batch, tab.listed)}
    context: dict[str, Any] = {"tab": tab, "several_sheets": len(batch.preview.get("sheets", [])) > 1}
    listed = tab.listed
    if tab.key in ("wrong", "changed", "skipped"):
        column = {"wrong": "column", "changed": "label", "skipped": "why"}[tab.key]
        listed, context["filters"] = _filtered(listed, query, column)
    page = Paginator(listed, PER_PAGE).get_page(query.get("page"))
    if tab.key == "records":
        page.object_list = _with_names(batch.ledger, page.object_list)
    if tab.key == "kept":
        page.object_list = with_records(batch, user, page.object_list)
    return context | {"page_obj": page}


def _filtered(
    listed: list[dict[str, Any]], query: QueryDict, column: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the chosen sheet and column, and what can be chosen, with how many rows each has."""
    filters = []
    for name, label, key in (("sheet", "工作表", "sheet"), ("column", "列", column)):
        counted = Counter(row[key] for row in listed)
        chosen = query.get(name, "")
        if chosen not in counted:
            chosen = ""
        if len(counted) > 1:
            options = [
                {"value": value, "label": value or "（整行）", "count": count, "is_chosen": value == chosen}
                for value, count in counted.items()
                if value
            ]
            filters.append(
                {
                    "name": name,
                    "label": label if column != "why" or name == "sheet" else "原因",
                    "options": options,
                }
            )
        if chosen:
            listed = [row for row in listed if row[key] == chosen]
    return listed, filters


def _with_names(ledger: Ledger, rows: Any) -> list[dict[str, Any]]:
    model: Any = ledger.model
    rows = list(rows)
    found = model._default_manager.select_related(*ledger.select_related).in_bulk([row.id for row in rows])
    return [{"record": found[row.id], "is_new": row.history_type == "+"} for row in rows if row.id in found]


def _reading(batch: ImportBatch, sheets: list[dict[str, Any]]) -> dict[str, Any]:
    """How the workbook was read. Sheets of one layout are corrected together, with the first of them."""
    said, remembered = batch.options.get("mapping", {}), batches.layouts(batch.ledger, batch.unit)
    own = import_columns(batch.ledger)
    sheet = batch.ledger.sheet
    table = set() if sheet is None else set(sheet.columns())
    seen: dict[str, str] = {}
    shown = []
    for number, found in enumerate(sheets):
        signature = found["signature"]
        first = seen.setdefault(signature, found["name"]) if signature else found["name"]
        shown.append(
            {
                **found,
                "number": number,
                "is_used": "why" not in found,
                "like": first if first != found["name"] else "",
                "is_remembered": signature in remembered and signature not in said,
                "can_leave": "why" not in found
                or found.get("is_hidden")
                or batch.options.get("sheets", {}).get(str(found["position"])) is False,
            }
        )
    has_period = sheet is not None and sheet.period_column() is not None
    return {
        "sheets": shown,
        "columns": [column for name, column in own.items() if name in table],
        "list_columns": [column for name, column in own.items() if name not in table],
        "money_units": MONEY_UNITS,
        "quarters": quarter_choices() if has_period else [],
    }


def counted_table(ledger: Ledger, counted: dict[str, dict[str, int]] | None) -> dict[str, Any] | None:
    """What a name list came to, as a table: a line for each village or group."""
    if counted is None or ledger.sheet is None:
        return None
    columns = ledger.sheet.columns()
    names = list(dict.fromkeys(name for numbers in counted.values() for name in numbers))
    labels = [columns[name].label for name in names]
    lines = [[numbers.get(name) for name in names] for numbers in counted.values()]
    # Where a part is hidden, there is nothing to add up.
    whole = all(number is not None for line in lines for number in line)
    by_village = ledger.sheet.rows_stand_alone
    return {
        "by": "村（社区）" if by_village else getattr(ledger.model, "noun", ""),
        "how": "按村" if by_village else f"按{getattr(ledger.model, 'noun', '')}",
        "labels": labels,
        "lines": [
            {"label": label, "cells": list(zip(labels, line, strict=True))}
            for label, line in zip(counted, lines, strict=True)
        ],
        "sums": [(label, sum(column)) for label, column in zip(labels, zip(*lines, strict=True), strict=True)]
        if whole
        else [],
    }
