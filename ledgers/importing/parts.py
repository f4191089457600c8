"""The rows that belong to an imported record and to nothing else (``Ledger.parts``), when the import is undone.

Parts are only ever written together with their record, so that the record's own history tells whether somebody has
worked on them since: whoever calls these functions has found that nobody has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledgers.history import CHANGED, CREATED, DELETED, record_bulk_history
from ledgers.models import ImportBatch, User
from ledgers.registry import Ledger


@dataclass(frozen=True, slots=True)
class Part:
    """A model whose rows belong to records of a ledger, and its foreign key to them."""

    model: Any
    owner: str


def parts_of(ledger: Ledger) -> list[Part]:
    relations = [ledger.model._meta.get_field(name) for name in ledger.parts]
    return [Part(relation.related_model, relation.field.name) for relation in relations]  # type: ignore[union-attr]


def remove_parts(parts: Sequence[Part], owners: Sequence[int], *, user: User | None, reason: str) -> None:
    """Delete everything that belongs to records about to be deleted."""
    for part in parts:
        going = list(part.model._base_manager.filter(**{f"{part.owner}__in": owners}))
        _delete(part.model, going, user=user, reason=reason)


def restore_parts(batch: ImportBatch, owners: Sequence[int], *, user: User | None, reason: str) -> None:
    """Bring the parts of ``owners`` back to where they were before ``batch``."""
    for part in parts_of(batch.ledger):
        rows = part.model.history.filter(batch=batch, **{f"{part.owner}__in": owners}).order_by("history_id")
        # Should an import have touched a part twice, the earlier row tells what it found.
        first = {row.id: row for row in reversed(rows)}
        before = _rows_before(part.model, first)
        there = part.model._base_manager.in_bulk(list(first))
        _delete(part.model, [there[key] for key in there if key not in before], user=user, reason=reason)
        back = [before[key].instance for key in before]
        _change(part.model, [row for row in back if row.pk in there], user=user, reason=reason)
        _add(part.model, [row for row in back if row.pk not in there], user=user, reason=reason)


def _rows_before(model: Any, first: dict[int, Any]) -> dict[int, Any]:
    """The history row in force when the import came, for every part that existed then."""
    before: dict[int, Any] = {}
    for row in model.history.filter(id__in=list(first)).order_by("history_id"):
        if row.history_id < first[row.id].history_id:
            before[row.id] = row
    return {key: row for key, row in before.items() if row.history_type != DELETED}


def _delete(model: Any, rows: list[Any], *, user: User | None, reason: str) -> None:
    record_bulk_history(rows, kind=DELETED, user=user, reason=reason)
    # Not delete(): it would have django-simple-history write its own row for each as well.
    queryset = model._base_manager.filter(pk__in=[row.pk for row in rows])
    queryset._raw_delete(queryset.db)


def _change(model: Any, rows: list[Any], *, user: User | None, reason: str) -> None:
    names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    model._base_manager.bulk_update(rows, names, batch_size=500)
    record_bulk_history(rows, kind=CHANGED, user=user, reason=reason)


def _add(model: Any, rows: list[Any], *, user: User | None, reason: str) -> None:
    model._base_manager.bulk_create(rows)
    record_bulk_history(rows, kind=CREATED, user=user, reason=reason)
