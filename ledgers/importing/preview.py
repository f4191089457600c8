"""A plan as the preview page shows it: plain JSON, limited in length, kept with the batch until it is settled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django.db import models

from ledgers.importing.cells import DecimalCell, WholeCell
from ledgers.importing.layout import Understanding
from ledgers.importing.normalise import column_letters
from ledgers.importing.plan import Plan
from ledgers.importing.sheets import Column

SHOWN_ERRORS: Final = 500
SHOWN_CHANGES: Final = 300
SHOWN_NEW: Final = 20
SHOWN_SKIPPED: Final = 50
#: Columns of the table of new rows; more would not fit the page.
NEW_COLUMNS: Final = 7


def shown(plan: Plan, column: Column | None, value: Any) -> str:
    """A value for the screen; related records by name, from what the import has loaded."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, dt.date):
        return f"{value:%Y-%m-%d}"
    if column is not None:
        field: Any = column.widget.field
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
    changes = [
        {
            "sheet": planned.source.sheet.name,
            "cell": change.cell,
            "record": str(planned.instance),
            "url_pk": planned.instance.pk,
            "label": change.label,
            "old": shown(plan, columns.get(change.field), change.old),
            "new": shown(plan, columns.get(change.field), change.new),
        }
        for planned in plan.updates[:SHOWN_CHANGES]
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
                "fixable": bool(found.header_rows) and not found.grid.hidden,
            }
            for found, why in read.left_out
        ],
        "errors": [{**error.as_json(), "value": error.value} for error in plan.errors[:SHOWN_ERRORS]],
        "changes": changes,
        "changed_cells": sum(len(planned.changes) for planned in plan.updates),
        "new_columns": [
            {"label": columns[name].label, "number": _is_number(columns[name])} for name in present
        ],
        "new": [
            {
                "sheet": planned.source.sheet.name,
                "row": planned.source.row + 1,
                "cells": [
                    {
                        "label": columns[name].label,
                        "number": _is_number(columns[name]),
                        "text": shown(plan, columns[name], planned.source.values.get(name)),
                    }
                    for name in present
                ],
            }
            for planned in plan.creates[:SHOWN_NEW]
        ],
    }


def _is_number(column: Column) -> bool:
    return isinstance(column.widget, DecimalCell | WholeCell)


def _sheet(found: Understanding, columns: dict[str, Column]) -> dict[str, Any]:
    """How a sheet was understood, with what is needed to correct it."""
    labels = found.labels()
    described = found.as_json()
    skipped = described.pop("skipped_rows")
    return {
        **described,
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
                "field_label": columns[match.field].label if match.field else "",
                "how": match.how,
                "unit": match.label.unit,
            }
            for match in found.matches
        ],
    }
