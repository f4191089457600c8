"""Writing a plan: one transaction, in bulk, with a history row for every record it touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from ledgers.db import insert_rows, reserve_keys
from ledgers.history import CHANGED, CREATED, record_bulk_history
from ledgers.importing.checking import Progress, Read
from ledgers.importing.plan import Plan, PlannedRow, match
from ledgers.importing.problems import PlanChanged, SheetRejected
from ledgers.models import ImportBatch, OrgUnit, Record, User

#: Rows written in one statement.
WRITTEN_AT_ONCE: Final = 1000


def apply_plan(
    read: Read,
    *,
    batch: ImportBatch,
    user: User | None,
    expected_sha256: str,
    skip_errors: bool,
    progress: Progress | None = None,
) -> Plan:
    """Match the rows again under lock, and write them if the outcome is still the one that was shown.

    Everything is written or nothing is. Runs in the caller's transaction, or one of its own.

    Raises: PlanChanged when records changed since the preview; SheetRejected when there are wrong rows and
    ``skip_errors`` is not given.
    """
    try:
        with transaction.atomic():
            lock_imports(read.reach)
            plan = match(read, lock=True)
            if plan.sha256 != expected_sha256:
                raise PlanChanged("预览之后数据有变化，请重新核对后再确认。")
            if plan.errors and not skip_errors:
                raise SheetRejected("表里还有错误，没有导入；请改正后重新上传，或选择只导入正确的行。")
            _write(plan, batch=batch, user=user, progress=progress)
            return plan
    except IntegrityError:
        # Somebody added the same record between our look and our write.
        raise PlanChanged("导入期间有人改动了同样的记录，没有导入，请重新核对后再确认。") from None


def lock_imports(reach: OrgUnit) -> None:
    """Let imports and undos of one tree take turns: two with overlapping rows in opposite order would deadlock."""
    root = reach.path[: OrgUnit.steplen]
    OrgUnit.objects.select_for_update(no_key=True).get(path=root)


def _pieces(rows: Sequence[PlannedRow]) -> Iterator[Sequence[PlannedRow]]:
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        yield rows[start : start + WRITTEN_AT_ONCE]


def _write(plan: Plan, *, batch: ImportBatch, user: User | None, progress: Progress | None) -> None:
    total, done = len(plan.creates) + len(plan.updates), 0
    model: Any = plan.read.ledger.model
    for piece in _pieces(plan.creates):
        instances: list[Record] = [planned.instance for planned in piece]
        insert(model, instances, user=user)
        record_bulk_history(instances, kind=CREATED, user=user, batch=batch)
        model.after_bulk_write(instances)
        plan.read.ledger.write_parts(instances, user=user, batch=batch)
        done += len(piece)
        if progress is not None:
            progress(done, total, "正在写入")
    for piece in _pieces(plan.updates):
        instances = [planned.instance for planned in piece]
        for instance in instances:
            instance.row_version += 1
            instance.updated_by = user
        names = {change.field for planned in piece for change in planned.changes}
        overwrite(model, instances, names)
        record_bulk_history(instances, kind=CHANGED, user=user, batch=batch)
        model.after_bulk_write(instances)
        plan.read.ledger.write_parts(instances, user=user, batch=batch)
        done += len(piece)
        if progress is not None:
            progress(done, total, "正在写入")


def insert(model: Any, instances: Sequence[Record], *, user: User | None) -> None:
    """Write new records; they have their keys and dates afterwards, as if saved one by one."""
    fields = model._meta.concrete_fields
    dated = [
        field.attname
        for field in fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ]
    derived = [field for field in fields if getattr(field, "is_derived", False)]
    now = timezone.now()
    for instance, key in zip(instances, reserve_keys(model, len(instances)), strict=True):
        instance.pk = key
        instance.created_by = instance.updated_by = user
        instance._state.adding = False
        for name in dated:
            setattr(instance, name, now)
        for field in derived:
            field.pre_save(instance, add=True)  # sets it on the instance
    names = [field.attname for field in fields]
    insert_rows(model, names, map(attrgetter(*names), instances))


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
