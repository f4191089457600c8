"""One history, three uses: the record's history tab, import undo and report drift all read these rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal

from django.db import models
from django.utils import timezone

from ledgers.db import BulkRows, copy_rows
from ledgers.middleware import request_id

if TYPE_CHECKING:
    from ledgers.models import ImportBatch, Record, User

CREATED: Final = "+"
CHANGED: Final = "~"
DELETED: Final = "-"
#: The reason in all rows that taking an import back writes.
TAKEN_BACK: Final = "撤销导入"
#: Deletions that can be taken back one by one. An import that was taken back comes again as a whole, from its file.
RESTORABLE: Final = models.Q(history_type=DELETED) & ~models.Q(history_change_reason=TAKEN_BACK)
HistoryKind = Literal["+", "~", "-"]
KIND_LABELS: Final[dict[str, str]] = {CREATED: "新增", CHANGED: "修改", DELETED: "删除"}

#: Bookkeeping fields, which say nothing about the record itself.
BOOKKEEPING: Final = frozenset(
    {
        "id",
        "row_version",
        "created_at",
        "updated_at",
        "created_by",
        "updated_by",
        # Follows from the unit's other returns (see ledgers.returns.chains).
        "effective_until",
    }
)


@dataclass(frozen=True)
class FieldChange:
    name: str
    label: str
    old: str
    new: str


def record_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The fields that a person fills in."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.name not in BOOKKEEPING and not getattr(field, "is_derived", False)
    ]


def links(model: type[models.Model]) -> list[str]:
    """The filled-in fields that name another record or a unit: select them with rows whose changes are to be told."""
    return [field.name for field in record_fields(model) if isinstance(field, models.ForeignKey)]


def display(instance: Any, field: models.Field[Any, Any]) -> str:
    """A field's value as the screen shows it; empty text for nothing."""
    if field.choices:
        return str(getattr(instance, f"get_{field.name}_display")() or "")
    if isinstance(field, models.BooleanField):
        value = getattr(instance, field.attname)
        return "" if value is None else "是" if value else "否"
    if isinstance(field, models.ForeignKey):
        # A history row may point at a record that is gone.
        key = getattr(instance, field.attname)
        if key is None:
            return ""
        if field.is_cached(instance):
            found = field.get_cached_value(instance)
        else:
            found = field.related_model._default_manager.filter(pk=key).first()
        return str(found) if found else f"已删除（编号{key}）"
    value = getattr(instance, field.attname)
    if value is None:
        return ""
    if hasattr(field, "display"):
        return str(field.display(value))
    if isinstance(field, models.DecimalField):
        return f"{value:f}".rstrip("0").rstrip(".") if value == value else ""
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return f"{value:%Y-%m-%d}"
    return str(value)


def changes_between(old: Any, new: Any, model: type[models.Model]) -> list[FieldChange]:
    """The filled-in fields that differ between two states (records or history rows) of one ``model``."""
    return [
        FieldChange(field.name, str(field.verbose_name), display(old, field), display(new, field))
        for field in record_fields(model)
        if getattr(old, field.attname) != getattr(new, field.attname)
    ]


def record_bulk_history(
    instances: Sequence[Record] | Iterable[Record],
    *,
    kind: HistoryKind,
    user: User | None,
    batch: ImportBatch | None = None,
    reason: str = "",
) -> int:
    """Write one history row for each instance in bulk; returns the number written.

    Call it in the transaction of the write, after the instances have primary keys.
    """
    records = list(instances)
    if not records:
        return 0
    model = type(records[0])
    names = [field.attname for field in model._meta.concrete_fields]
    rows = BulkRows(model, names, map(attrgetter(*names), records))
    same = history_columns(kind=kind, user=user, batch=batch, reason=reason)
    rows.insert_into(model.history.model, same)
    return len(records)


def copy_to_history(
    records: models.QuerySet[Any],
    *,
    kind: HistoryKind,
    user: User | None,
    batch: ImportBatch | None = None,
    reason: str = "",
    **instead: Any,
) -> int:
    """As ``record_bulk_history`` for records as they are in the database, which need not leave it for that.

    ``instead`` are columns that the history row has otherwise than the record. Returns the number of rows written.
    """
    model: Any = records.model
    same = history_columns(kind=kind, user=user, batch=batch, reason=reason)
    return copy_rows(records, model.history.model, {**same, **instead})


def history_columns(
    *, kind: HistoryKind, user: User | None, batch: ImportBatch | None = None, reason: str = ""
) -> dict[str, Any]:
    """What a history row has beside the record's own columns, the same for all that are written together."""
    return {
        "history_date": timezone.now(),
        "history_type": kind,
        "history_user_id": user.pk if user else None,
        "history_change_reason": reason or None,
        "batch_id": batch.pk if batch else None,
        "request_id": request_id.get(),
    }
