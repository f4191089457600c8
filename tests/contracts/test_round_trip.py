"""What a ledger exports it takes back: on the same records as unchanged, on an empty ledger as the same records."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from ledgers.models import User
from ledgers.registry import Ledger
from tests.conftest import Units
from tests.contracts.conftest import each_ledger, save
from tests.contracts.pages import body

SignIn = Callable[[User], Client]


def taken(ledger: Ledger, path: Path, units: Units) -> dict[str, Any]:
    out = StringIO()
    arguments = (ledger.slug, str(path), "--unit", units.township.code, "--json")
    call_command("import_ledger", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def values(ledger: Ledger) -> list[tuple[Any, ...]]:
    assert ledger.sheet is not None
    model: Any = ledger.model
    fields = {field.name for field in model._meta.concrete_fields}
    # A table that is put together of rows has columns that are no fields; it is compared as it is kept.
    names = [name for name in (*ledger.sheet.columns(), "lines", "group_count") if name in fields]
    return sorted(model._default_manager.values_list("unit", *names), key=str)


@pytest.fixture
def exported(tmp_path: Path, signed_in: SignIn, officer: User, units: Units) -> Callable[[Ledger], Path]:
    def export(ledger: Ledger) -> Path:
        path = tmp_path / f"{ledger.slug}.xlsx"
        path.write_bytes(body(signed_in(officer).get(ledger.url("export"))))
        return path

    return export


@each_ledger
def test_an_export_comes_back_unchanged(
    ledger: Ledger, exported: Callable[[Ledger], Path], units: Units
) -> None:
    records = save(ledger, units.township)
    before = values(ledger)
    result = taken(ledger, exported(ledger), units)
    assert (result["errors"], result["created"], result["updated"]) == ([], 0, 0)
    assert result["unchanged"] == len(records)
    assert values(ledger) == before


@each_ledger
def test_an_export_fills_an_empty_ledger(
    ledger: Ledger, exported: Callable[[Ledger], Path], units: Units
) -> None:
    records = save(ledger, units.township)
    before = values(ledger)
    path = exported(ledger)
    model: Any = ledger.model
    model._default_manager.all().delete()
    result = taken(ledger, path, units)
    assert (result["errors"], result["created"]) == ([], len(records))
    assert values(ledger) == before
    assert model.history.filter(history_type="+", batch=result["batch"]).count() == len(records)
