"""Writing a plan: one transaction, in bulk, with a history row for every record it touches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import attrgetter
from typing import Any, Final, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from ledgers.db import Among, BulkRows, reserve_keys
from ledgers.history import CHANGED, CREATED, copy_to_history, record_bulk_history
from ledgers.importing.content import PIECE, Progress, Read
from ledgers.importing.judging import judged
from ledgers.importing.plan import Columns, Part, Plan, PlannedRow, pieces
from ledgers.importing.planner import match
from ledgers.importing.problems import PlanChanged, SheetRejected
from ledgers.models import ImportBatch, OrgUnit, Record, User

#: Rows written at a time; their records are held only so long.
WRITTEN_AT_ONCE: Final = 1000
#: Rows that are nothing but their columns are written as one statement, and their history as one: many, since the
#: database waits at the end of each, and not all, since one that takes too long is stopped.
STATEMENT: Final = 100_000


def apply_plan(
    read: Read,
    *,
    batch: ImportBatch,
    user: User | None,
    expected_sha256: str,
    skip_errors: bool,
    progress: Progress | None = None,
    plan: Plan | None = None,
) -> Plan:
    """Write what was shown, if the records are still those it was made from.

    With the ``plan`` itself that is asked of the records; without it the rows are matched again and the outcome is
    compared. Everything is written or nothing is. Runs in the caller's transaction, or one of its own.

    Raises: PlanChanged when records changed since the preview; SheetRejected when there are wrong rows and
    ``skip_errors`` is not given.
    """
    try:
        with transaction.atomic():
            lock_imports(read.reach)
            if plan is None:
                plan = match(read)
                holds = True
            else:
                holds = plan.still_holds()
            if not holds or plan.sha256 != expected_sha256:
                raise PlanChanged(CHANGED_SINCE)
            if plan.errors and not skip_errors:
                raise SheetRejected("表里还有错误，没有导入；请改正后重新上传，或选择只导入正确的行。")
            _write(plan, batch=batch, user=user, progress=progress)
            return plan
    except IntegrityError:
        # Somebody added the same record between our look and our write.
        raise PlanChanged("导入期间有人改动了同样的记录，没有导入，请重新核对后再确认。") from None


CHANGED_SINCE: Final = "预览之后数据有变化，请重新核对后再确认。"


def lock_imports(reach: OrgUnit) -> None:
    """Let imports and undos of one tree take turns: two with overlapping rows in opposite order would deadlock."""
    root = reach.path[: OrgUnit.steplen]
    OrgUnit.objects.select_for_update(no_key=True).get(path=root)


def _write(plan: Plan, *, batch: ImportBatch, user: User | None, progress: Progress | None) -> None:
    total, done = plan.created + len(plan.updates), 0
    model: Any = plan.matcher.model

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total, "正在写入")

    def write_pieces(planned: Sequence[PlannedRow], write: Any) -> None:
        for piece in pieces(planned, WRITTEN_AT_ONCE):
            records = write(plan, piece, user=user, batch=batch)
            model.after_bulk_write(records)
            plan.read.ledger.write_parts(records, user=user, batch=batch)
            advance(len(piece))

    def write_columns(found: Iterable[Columns]) -> None:
        left = iter(found)
        while some := list(islice(left, STATEMENT // PIECE)):
            _insert_columns(plan, some, advance, user=user, batch=batch)

    write_columns(columns for columns in plan.kept if columns.kind == "+")
    for by_column, parts in groupby(plan.creates.pieces(), lambda part: isinstance(part, Part)):
        if by_column:
            write_columns(map(plan.columns, parts))
        else:
            for part in cast("Iterator[Sequence[PlannedRow]]", parts):
                write_pieces(part, _create)
    write_pieces(plan.updates, _change)


def _create(plan: Plan, rows: Sequence[PlannedRow], *, user: User | None, batch: ImportBatch) -> list[Record]:
    records = []
    for planned in rows:
        record, problems = judged(plan.matcher, planned.source)
        if problems:
            raise PlanChanged(CHANGED_SINCE)
        records.append(record)
    insert(plan.matcher.model, records, user=user, batch=batch)
    return records


def _change(plan: Plan, rows: Sequence[PlannedRow], *, user: User | None, batch: ImportBatch) -> list[Record]:
    """Set the changed fields of records that are loaded, and locked, for it."""
    model = plan.matcher.model
    keys = [planned.pk for planned in rows]
    locked = model._default_manager.filter(Among("pk", keys)).order_by("pk").select_for_update(of=("self",))
    there: dict[int | None, Record] = {record.pk: record for record in locked}
    records = []
    for planned in rows:
        record = there.get(planned.pk)
        if record is None or record.row_version != planned.row_version or plan.matcher.sheet.refuse(record):
            raise PlanChanged(CHANGED_SINCE)
        for change in planned.changes:
            setattr(record, plan.matcher.fields[change.field].attname, change.new)
        record.row_version += 1
        record.updated_by = user
        records.append(record)
    overwrite(model, records, {change.field for planned in rows for change in planned.changes})
    record_bulk_history(records, kind=CHANGED, user=user, batch=batch)
    return records


def _same_in_all(model: Any, user: User | None) -> dict[str, Any]:
    """Attributes that all records written by ``user`` at this moment have in common."""
    now = timezone.now()
    same: dict[str, Any] = {
        field.attname: now
        for field in model._meta.concrete_fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    }
    key = user.pk if user else None
    return {**same, "created_by_id": key, "updated_by_id": key}


def _insert_columns(
    plan: Plan,
    found: Sequence[Columns],
    advance: Callable[[int], None],
    *,
    user: User | None,
    batch: ImportBatch,
) -> None:
    """Write rows that are nothing but their columns; the database numbers them, and nobody asks how."""
    model: Any = plan.matcher.model
    same = _same_in_all(model, user)
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in same]
    names.remove(model._meta.pk.attname)

    def blocks() -> Iterator[list[list[Any]]]:
        for columns in found:
            filled = plan.matcher.maker.filled(columns.values, len(columns))
            yield [filled[name] for name in names]
            # The last are told of when their history is written as well.
            if columns is not found[-1]:
                advance(len(columns))

    last = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    BulkRows.of_columns(model, names, blocks()).insert_into(model, same)
    _write_history(model, last or 0, sum(map(len, found)), same, user=user, batch=batch)
    advance(len(found[-1]))


def _write_history(
    model: Any, last: int, count: int, same: dict[str, Any], *, user: User | None, batch: ImportBatch
) -> None:
    """Write the history rows of records just inserted with ``same``, whose keys are all higher than ``last``."""
    # Somebody else's have other moments, or are not to be seen yet. Nothing else is asked for: led by an index that
    # begins with a name, the database would have to sort the rows. A row too many shows in the count.
    moments = {name: value for name, value in same.items() if isinstance(value, dt.datetime)}
    made = model._base_manager.filter(pk__gt=last, **moments)
    if copy_to_history(made, kind=CREATED, user=user, batch=batch) != count:
        raise PlanChanged(CHANGED_SINCE)


def insert(model: Any, records: Sequence[Record], *, user: User | None, batch: ImportBatch) -> None:
    """Write new records and their history; they have their keys and dates afterwards, as if saved one by one."""
    fields = model._meta.concrete_fields
    same = _same_in_all(model, user)
    derived = [field for field in fields if getattr(field, "is_derived", False)]
    keys = reserve_keys(model, len(records))
    for record, key in zip(records, keys, strict=True):
        record.__dict__.update(same)
        record.pk = key
        record._state.adding = False
        record._state.fields_cache.update(created_by=user, updated_by=user)
        for field in derived:
            field.pre_save(record, add=True)  # sets it on the record
    names = [field.attname for field in fields if field.attname not in same]
    BulkRows(model, names, map(attrgetter(*names), records)).insert_into(model, same)
    _write_history(model, keys[0] - 1, len(records), same, user=user, batch=batch)


def overwrite(model: Any, instances: Sequence[Record], names: set[str]) -> None:
    """Update existing rows in one statement: an upsert by primary key, many times faster than CASE WHEN.

    The rows must be locked, or belong to this transaction.
    """
    created = {instance.pk: instance.created_at for instance in instances}
    derived = {field.name for field in model._meta.concrete_fields if getattr(field, "is_derived", False)}
    model._default_manager.bulk_create(
        instances,
        batch_size=WRITTEN_AT_ONCE,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=sorted(names | derived | {"row_version", "updated_at", "updated_by"}),
    )
    for instance in instances:
        # bulk_create believes that it creates, and dates the objects in memory so; the rows keep their date.
        instance.created_at = created[instance.pk]
