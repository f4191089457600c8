"""What a plan comes to, in the terms of a test: values, addresses of wrong cells, rows left out."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from ledgers.importing.plan import Plan


def values(plan: Plan, *names: str) -> list[tuple[Any, ...]]:
    """The named fields of every row that was read, units and records by name."""
    return [tuple(shown(row.values.get(name)) for name in names) for row in plan.read.rows]


def shown(value: Any) -> Any:
    return value.name if isinstance(value, Model) else value  # type: ignore[attr-defined]


def wrong(plan: Plan) -> list[tuple[str, str]]:
    return [(error.sheet, error.cell) for error in plan.errors]


def problems(plan: Plan) -> dict[str, str]:
    return {error.cell: error.problem for error in plan.errors}


def skipped(plan: Plan) -> list[tuple[str, int, str]]:
    return [(sheet.name, row + 1, why) for sheet in plan.read.sheets for row, why in sheet.skipped]
