"""What a ledger exports, it imports back as unchanged: the two sides of a sheet agree."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ledgers.exporting import write_workbook
from ledgers.importing import batches
from ledgers.importing.plan import match
from ledgers.registry import SampleContext, ledgers
from tests.conftest import Units

SHEETS = [ledger.slug for ledger in ledgers if ledger.sheet is not None]


@pytest.fixture
def filled(units: Units) -> None:
    """Every ledger with its own sample records, families in the order in which they depend on each other."""
    context = SampleContext(
        rng=random.Random(7),
        township=units.township,
        villages=units.villages,
        years=[2025],
        today=timezone.localdate(),
    )
    declared: list[Any] = list(ledgers)
    for ledger in declared:
        for record in ledger.samples(context):
            record.save()


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("slug", SHEETS)
def test_an_export_imports_back_unchanged(slug: str, units: Units, tmp_path: Path) -> None:
    ledger = ledgers.get(slug)
    path = tmp_path / "export.xlsx"
    records = ledger.model._default_manager.within(units.township)
    written = write_workbook(ledger, records, path)
    # A composition writes a line for each group of a record.
    assert written >= records.count() > 0
    plan = match(batches.read_file(path, ledger, unit=units.township, period=None))
    assert [error.as_json() for error in plan.errors] == []
    assert [[(change.field, change.old, change.new) for change in row.changes] for row in plan.updates] == []
    assert (plan.creates, plan.unchanged) == ([], records.count())
