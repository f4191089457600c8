"""Undoing an import: every record it touched goes back to where it was, unless somebody has worked on it since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import Max

from ledgers.db import Among
from ledgers.history import (
    CHANGED,
    CREATED,
    DELETED,
    TAKEN_BACK,
    copy_to_history,
    record_bulk_history,
    record_fields,
)
from ledgers.importing.apply import WRITTEN_AT_ONCE, lock_imports, overwrite
from ledgers.importing.content import Progress
from ledgers.importing.making import is_inherited
from ledgers.importing.parts import Part, parts_of, remove_parts, restore_parts
from ledgers.importing.plan import pieces
from ledgers.models import ImportBatch, KeptRecord, Record, User


@dataclass(frozen=True, slots=True)
class Kept:
    """A record the undo left alone, and why."""

    pk: int
    label: str
    why: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.pk, "record": self.label, "why": self.why}


@dataclass(slots=True)
class Undone:
    removed: int = 0
    restored: int = 0
    kept: list[Kept] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {"removed": self.removed, "restored": self.restored, "kept_count": len(self.kept)}

    def as_json(self) -> dict[str, Any]:
        return {**self.counts(), "kept": [kept.as_json() for kept in self.kept]}


@transaction.atomic
def undo_batch(*, batch: ImportBatch, user: User | None, progress: Progress | None = None) -> Undone | None:
    """Restore every record the batch created or changed; None when it is not there to be undone (any more).

    A record edited, deleted or referred to since is kept as it is and listed.
    """
    lock_imports(batch.unit)
    moved = ImportBatch.objects.all().move(
        batch,
        to=ImportBatch.State.UNDONE,
        since=[ImportBatch.State.APPLIED, ImportBatch.State.UNDOING],
    )
    if not moved:
        return None
    undone = Undone()
    model: Any = batch.ledger.model
    rows = model.history.filter(batch=batch, history_type__in=[CREATED, CHANGED]).order_by("history_id")
    found = list(rows.values_list("history_id", "id", "history_type"))
    done = 0
    for piece in pieces(found):
        _undo_piece(batch, piece, user, undone)
        done += len(piece)
        if progress is not None:
            progress(done, len(found), "正在恢复")
    batch.counts = {**batch.counts, "undone": undone.counts()}
    batch.save(update_fields=["counts"])
    KeptRecord.objects.bulk_create(
        (KeptRecord(batch=batch, record_id=kept.pk, why=kept.why[:100]) for kept in undone.kept),
        batch_size=WRITTEN_AT_ONCE,
    )
    return undone


def _undo_piece(
    batch: ImportBatch, rows: Sequence[tuple[int, int, str]], user: User | None, undone: Undone
) -> None:
    """Undo some history rows of the batch, given as (number of the row, key of the record, kind).

    Records and history rows stay where they are, in the database, unless their values are needed.
    """
    model: Any = batch.ledger.model
    keys = [key for _, key, _ in rows]
    locked = model._default_manager.filter(Among("pk", keys)).order_by("pk").select_for_update(of=("self",))
    there = set(locked.values_list("pk", flat=True))
    latest = dict(
        model.history.filter(Among("id", keys))
        .values("id")
        .annotate(last=Max("history_id"))
        .values_list("id", "last")
    )
    # A later import that was undone since has left the record as it found it: that is no work of anybody.
    latest.update(_put_back(model, {number: latest[key] for number, key, _ in rows if latest[key] != number}))
    touched = [key for number, key, _ in rows if key in there and latest[key] != number]
    labels = _labels(model, touched)
    for number, key, _ in rows:
        if key not in there:
            undone.kept.append(Kept(key, f"{model._meta.verbose_name}（编号{key}）", "导入之后已被删除"))
        elif latest[key] != number:
            undone.kept.append(Kept(key, labels[key], "导入之后又有修改"))
    untouched = [row for row in rows if row[1] in there and latest[row[1]] == row[0]]
    _remove(batch, [key for _, key, kind in untouched if kind == CREATED], user, undone)
    changed = [number for number, _, kind in untouched if kind == CHANGED]
    for some in pieces(changed, WRITTEN_AT_ONCE):
        _restore(
            batch, list(model.history.filter(Among("history_id", some)).order_by("history_id")), user, undone
        )


def _put_back(model: Any, later: dict[int, int]) -> dict[int, int]:
    """{record: history id of this import's row} where the newest row is an undo's, and says the same.

    ``later`` is {history id of this import's row: history id of the record's newest row}.
    """
    fields = [field.attname for field in record_fields(model)]
    undone = {
        row.history_id: row
        for row in model.history.filter(
            Among("history_id", list(later.values())), history_type=CHANGED, history_change_reason=TAKEN_BACK
        )
    }
    own = model.history.filter(
        Among("history_id", [number for number, newest in later.items() if newest in undone])
    )
    return {
        row.id: row.history_id
        for row in own
        if all(getattr(row, name) == getattr(undone[later[row.history_id]], name) for name in fields)
    }


def _labels(model: Any, keys: Sequence[int]) -> dict[int, str]:
    """What records are called, for those few that an undo leaves alone."""
    return {record.pk: str(record) for record in model._default_manager.filter(Among("pk", keys))}


def _remove(batch: ImportBatch, created: Sequence[int], user: User | None, undone: Undone) -> None:
    """Delete what the import created, except what other records refer to by now."""
    model: Any = batch.ledger.model
    parts = parts_of(batch.ledger)
    referred = _referred(model, created, parts)
    labels = _labels(model, list(referred))
    undone.kept += [
        Kept(key, labels[key], f"已有{referred[key]}引用它") for key in created if key in referred
    ]
    going = [key for key in created if key not in referred]
    if going:
        remove_parts(parts, going, user=user, reason=TAKEN_BACK)
        queryset = model._default_manager.filter(Among("pk", going))
        follows = not is_inherited(model.after_bulk_write, Record.after_bulk_write)
        records = list(queryset) if follows else []
        by = user.pk if user else None
        copy_to_history(queryset, kind=DELETED, user=user, reason=TAKEN_BACK, updated_by_id=by)
        # Nothing refers to these rows; the collector would only load them all once more to find that out.
        queryset._raw_delete(queryset.db)
        model.after_bulk_write(records)
        undone.removed += len(going)


def _referred(model: Any, keys: Sequence[int], parts: Sequence[Part]) -> dict[int, str]:
    """{key: what kind of record refers to it}; whatever the relation would do on delete, the record is in use."""
    found: dict[int, str] = {}
    for relation in model._meta.get_fields(include_hidden=True):
        # History tables point at records without a constraint: they outlive them.
        if not relation.auto_created or relation.concrete or relation.many_to_many or not keys:
            continue
        if not getattr(relation.field, "db_constraint", False):
            continue
        if any(relation.related_model is part.model for part in parts):
            continue
        holders = relation.related_model._base_manager.filter(Among(relation.field.name, keys))
        for key in holders.values_list(relation.field.attname, flat=True).distinct():
            found[key] = str(relation.related_model._meta.verbose_name)
    return found


def _restore(batch: ImportBatch, rows: list[Any], user: User | None, undone: Undone) -> None:
    """Give changed records the values they had in the history row before the import's."""
    model: Any = batch.ledger.model
    records: dict[int, Any] = {
        record.pk: record for record in model._default_manager.filter(Among("pk", [row.id for row in rows]))
    }
    previous = _rows_before(model, rows)
    fields = record_fields(model)
    taken = _values_taken(model, previous) | _values_gone(model, previous)
    back: list[Record] = []
    for row in rows:
        record, before = records[row.id], previous.get(row.id)
        if before is None:
            undone.kept.append(Kept(record.pk, str(record), "没有导入之前的历史，无法恢复"))
        elif row.id in taken:
            undone.kept.append(Kept(record.pk, str(record), taken[row.id]))
        else:
            for model_field in fields:
                setattr(record, model_field.attname, getattr(before, model_field.attname))
            record.row_version += 1
            record.updated_by = user
            back.append(record)
    if back:
        # Before the record, so that what the record's newest history row tells holds for its parts, too.
        restore_parts(batch, [record.pk for record in back], user=user, reason=TAKEN_BACK)
        overwrite(model, back, {model_field.name for model_field in fields})
        record_bulk_history(back, kind=CHANGED, user=user, reason=TAKEN_BACK)
        model.after_bulk_write(back)
        undone.restored += len(back)


def _rows_before(model: Any, rows: Iterable[Any]) -> dict[int, Any]:
    """The last history row of each record before the given one, in two queries."""
    bound = {row.id: row.history_id for row in rows}
    if not bound:
        return {}
    numbers = model.history.filter(Among("id", bound)).order_by("history_id").values_list("id", "history_id")
    # Above are at most those of imports that were undone since.
    newest = {key: number for key, number in numbers if number < bound[key]}
    return {row.id: row for row in model.history.filter(history_id__in=list(newest.values()))}


def _values_taken(model: Any, previous: dict[int, Any]) -> dict[int, str]:
    """{record: why} where the old value of a unique field belongs to another record by now."""
    taken: dict[int, str] = {}
    for model_field in record_fields(model):
        if not model_field.unique:
            continue
        name = model_field.attname
        back = {getattr(before, name): key for key, before in previous.items()}
        holders = model._default_manager.filter(
            **{f"{name}__in": [value for value in back if value is not None]}
        )
        for pk, value in holders.values_list("pk", name):
            if back.get(value) not in (pk, None):
                taken[back[value]] = f"原来的{model_field.verbose_name}已由另一条记录使用"
    return taken


def _values_gone(model: Any, previous: dict[int, Any]) -> dict[int, str]:
    """{record: why} where the old value refers to a record that has been deleted since."""
    gone: dict[int, str] = {}
    for model_field in record_fields(model):
        if not isinstance(model_field, models.ForeignKey):
            continue
        related: Any = model_field.related_model
        keys = {getattr(before, model_field.attname) for before in previous.values()} - {None}
        there = set(related._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        for key, before in previous.items():
            if getattr(before, model_field.attname) in keys - there:
                gone[key] = f"原来的{model_field.verbose_name}已被删除"
    return gone
