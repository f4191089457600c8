"""A plan as the preview page shows it: plain JSON, limited in length, kept with the batch until it is settled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.db import models

from ledgers.importing.cells import DecimalCell, WholeCell
from ledgers.importing.headers import Match
from ledgers.importing.layout import Understanding
from ledgers.importing.normalise import column_letters
from ledgers.importing.plan import Plan
from ledgers.importing.sheets import Column

SHOWN_ERRORS: Final = 5000
SHOWN_CHANGES: Final = 5000
SHOWN_NEW: Final = 200
SHOWN_SKIPPED: Final = 500
#: Tables of township compositions, and remarks about unusual numbers.
SHOWN_TABLES: Final = 8
SHOWN_NOTICES: Final = 50
#: Cells of a column shown beside its header, and rows of a sheet from its top, to tell what they are.
SAMPLES: Final = 3
TOP_ROWS: Final = 8
TOP_COLUMNS: Final = 12
SAMPLE_LENGTH: Final = 16
#: Columns of the table of new rows; more would not fit the page.
NEW_COLUMNS: Final = 7


def shown(plan: Plan, column: Column | None, value: Any, field: Any = None) -> str:
    """A value for the screen; related records by name, from what the import has loaded.

    ``field`` is the model's, for a value that is set beside those of the columns.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    if column is None and field is not None:
        if hasattr(field, "display"):  # a table in one field
            return str(field.display(value))
        return str(dict(field.flatchoices or ()).get(value, value))
    if column is not None:
        field = column.widget.field
        if isinstance(field, models.ForeignKey) and not isinstance(value, models.Model):
            return plan.read.lookups.name(field.related_model, value)
        if not isinstance(value, models.Model):
            return str(column.widget.render(value))
    return str(value)


def summary(plan: Plan) -> dict[str, Any]:
    """What the pages need of a plan once it is gone."""
    read = plan.read
    columns = read.sheet.columns()
    # A sheet may be read by its own columns or, for a name list that is counted, by those of the list.
    listed = {} if read.sheet.name_list is None else read.sheet.name_list.columns()
    known = {**listed, **columns}
    fields = {field.name: field for field in read.ledger.model._meta.concrete_fields}
    planned_records = plan.records([*plan.creates[:SHOWN_NOTICES], *plan.updates[:SHOWN_NOTICES]])
    shown_updates = plan.updates[:SHOWN_CHANGES]
    records = {record.pk: record for record in plan.records(shown_updates)}
    changes = [
        {
            "sheet": planned.source.sheet.name,
            "cell": change.cell,
            "record": str(records.get(planned.pk, "")),
            "url_pk": planned.pk,
            "label": change.label,
            "old": shown(plan, columns.get(change.field), change.old, fields[change.field]),
            "new": shown(plan, columns.get(change.field), change.new, fields[change.field]),
        }
        for planned in shown_updates
        for change in planned.changes
    ][:SHOWN_CHANGES]
    present = [
        name for name in columns if any(name in planned.source.values for planned in plan.creates[:SHOWN_NEW])
    ][:NEW_COLUMNS]
    return {
        "sheets": [_sheet(found, known) for found in read.sheets],
        "left_out": [
            {
                **_sheet(found, known),
                "why": why,
                "fixable": bool(found.grid.rows),
            }
            for found, why in read.left_out
        ],
        "errors": [{**error.as_json(), "value": error.value} for error in plan.errors[:SHOWN_ERRORS]],
        "changes": changes,
        "changed_cells": sum(len(planned.changes) for planned in plan.updates),
        "counted": read.counted,
        "tables": [
            {"record": str(record), "lines": read.sheet.kept_table(record)}
            for record in planned_records[:SHOWN_TABLES]
            if not read.sheet.rows_stand_alone
        ],
        "notices": list(read.sheet.notices(planned_records[:SHOWN_NOTICES])),
        "new_columns": [
            {"label": _heading(columns[name]), "number": _is_number(columns[name])} for name in present
        ],
        "new": [
            {
                "sheet": planned.source.sheet.name,
                "row": planned.source.row + 1,
                "cells": [
                    {
                        "label": _heading(columns[name]),
                        "number": _is_number(columns[name]),
                        "text": shown(plan, columns[name], planned.source.values.get(name)),
                    }
                    for name in present
                ],
            }
            for planned in plan.creates[:SHOWN_NEW]
        ],
    }


def _heading(column: Column) -> str:
    """With the unit of the ledger's amounts, whatever the workbook's were: 注册资本（万元）."""
    unit = getattr(column.widget, "unit", "")
    return f"{column.label}（{unit}）" if unit else column.label


def _is_number(column: Column) -> bool:
    return isinstance(column.widget, DecimalCell | WholeCell)


def _sheet(found: Understanding, columns: dict[str, Column]) -> dict[str, Any]:
    """How a sheet was understood, with what is needed to correct it."""
    labels = found.labels()
    described = found.as_json()
    skipped = described.pop("skipped_rows")
    return {
        **described,
        "position": found.grid.position,
        "is_hidden": found.grid.hidden,
        "top": _top(found),
        "signature": found.signature,
        "rows": len(found.rows),
        "hidden_rows": found.hidden_rows,
        "unit_name": found.unit_name,
        "missing": found.missing,
        "skipped_rows": skipped[:SHOWN_SKIPPED],
        "skipped": len(skipped),
        "mapping": [
            {
                "index": match.label.index,
                "letters": column_letters(match.label.index),
                "label": labels[match.label.index],
                "field": match.field,
                "field_label": columns[match.field].label if match.field in columns else "",
                "how": match.how,
                "money": _measured_in(found, match, columns),
                "samples": _samples(found, match.label.index),
            }
            for match in found.matches
        ],
    }


def _measured_in(found: Understanding, match: Match, columns: dict[str, Column]) -> str:
    """What the amounts of a column are taken to be in; "" for a column of no amounts."""
    own = getattr(columns[match.field].widget, "unit", "") if match.field in columns else ""
    if not own.endswith("元"):
        return ""
    return match.label.unit or found.money_unit or own


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel keeps whole numbers as floats
    text = "" if value is None else f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else str(value).strip()
    return text if len(text) <= SAMPLE_LENGTH else f"{text[: SAMPLE_LENGTH - 1]}…"


def _samples(found: Understanding, index: int) -> list[str]:
    """The first different contents of a column, for whoever says what it means."""
    samples: list[str] = []
    for row in found.rows[:50]:
        cells = found.grid.rows[row]
        text = _text(cells[index]) if index < len(cells) else ""
        if text and text not in samples:
            samples.append(text)
        if len(samples) == SAMPLES:
            break
    return samples


def _top(found: Understanding) -> list[list[str]]:
    """The sheet's first rows as they are, for whoever says where its header is."""
    rows = [[_text(value) for value in row[:TOP_COLUMNS]] for row in found.grid.rows[:TOP_ROWS]]
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows] if any(map(any, rows)) else []


def without_samples(sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The descriptions of sheets without anything of their content, to be kept with a settled batch."""
    return [
        {**sheet, "top": [], "mapping": [{**column, "samples": []} for column in sheet["mapping"]]}
        for sheet in sheets
    ]
