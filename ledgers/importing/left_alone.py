"""The records that an undo left alone: each with why, and a link as long as it is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledgers.models import ImportBatch, KeptRecord, User


def with_records(batch: ImportBatch, user: User, rows: Iterable[KeptRecord]) -> list[KeptRecord]:
    """The rows, each with its ``record``, None where it is gone or out of the user's reach."""
    model: Any = batch.ledger.model
    found: list[Any] = list(rows)
    records = model._default_manager.visible_to(user).select_related(*batch.ledger.select_related)
    there = records.in_bulk([row.record_id for row in found])
    for row in found:
        row.record = there.get(row.record_id)
    return found
