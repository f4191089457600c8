"""What a row of the record says, as one short digest that every database gives alike.

The columns but the row's own number, as a JSON array of texts, numbers, true, false and null, hashed with the table's
name. The number is left out so that a row that was moved can be told from one that was altered: which number a row has
is what the seal says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.apps import apps
from django.db import models

from ledgers.models import Action

#: Bytes of a SHA-256 that are kept for each row.
SIZE: Final = 16
#: Rows read with one query.
READ_AT_ONCE: Final = 2000
#: Ranges with fewer strangers between them than this are read with one query.
_NEAR: Final = 500

Range = tuple[int, int]
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Trail:
    """One table under seal: the history of a ledger's records or of rows that belong to them, or the log of actions."""

    history: Any
    #: What the rows are the history of; the log of actions is of no record.
    record: type[models.Model] | None = None

    @property
    def table(self) -> str:
        name: str = self.history._meta.db_table
        return name

    @property
    def label(self) -> str:
        return str((self.record or self.history)._meta.verbose_name)

    @property
    def is_log(self) -> bool:
        """Whether it is the log of actions, whose rows are removed some day and never rewritten."""
        return self.record is None

    def row(self, key: int) -> str:
        """What people call one row."""
        return f"{self.label}第{key}条" if self.is_log else f"{self.label}的第{key}行历史"

    @cached_property
    def columns(self) -> list[str]:
        return [field.column for field in self.history._meta.concrete_fields if not field.primary_key]

    def knows(self, columns: Iterable[str]) -> bool:
        return set(columns) <= set(self.columns)

    def rows(self, ranges: Sequence[Range], columns: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        """(history id, digest over ``columns``) of the rows that are there, ascending, in little memory."""
        by_column = {field.column: field for field in self.history._meta.concrete_fields}
        fields = [by_column[column] for column in columns]
        writers = [_writer(field) for field in fields]
        names = ["pk", *(field.attname for field in fields)]
        start = hashlib.sha256(f"{self.table}\n".encode())
        manager = self.history._base_manager.order_by("pk")
        for near in _joined(ranges):
            wanted = iter(near)
            first, last = next(wanted)
            after, end = first - 1, near[-1][1]
            while after < end:
                found = list(
                    manager.filter(pk__gt=after, pk__lte=end).values_list(*names)[:READ_AT_ONCE],
                )
                if not found:
                    break
                after = found[-1][0]
                for key, text in zip([row[0] for row in found], _texts(found, writers), strict=True):
                    while key > last and (following := next(wanted, None)) is not None:
                        first, last = following
                    if first <= key <= last:
                        digest = start.copy()
                        digest.update(text.encode("utf-8", "surrogatepass"))
                        yield key, digest.digest()[:SIZE]


def trails() -> list[Trail]:
    """Every table under seal. The log of actions comes first: it is short, and a large import need not delay it."""
    return [Trail(Action), *histories()]


def histories() -> list[Trail]:
    """Every history table there is; a new ledger's is among them without a word more."""
    found = []
    for model in apps.get_models():
        name = getattr(model._meta, "simple_history_manager_attribute", None)
        if name is not None:
            found.append(Trail(getattr(model, name).model, model))
    return sorted(found, key=lambda trail: trail.table)


def _texts(rows: list[tuple[Any, ...]], writers: Sequence[Callable[[Any], Any] | None]) -> Iterator[str]:
    columns: list[Any] = [*zip(*rows, strict=True)][1:]
    for index, writer in enumerate(writers):
        if writer is not None:
            columns[index] = [None if value is None else writer(value) for value in columns[index]]
    return map(_encode, zip(*columns, strict=True))


def _writer(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes a column's values texts or numbers; None for those that are."""
    target = getattr(field, "target_field", field)
    if isinstance(target, models.DateTimeField):
        return lambda value: value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(target, models.DateField | models.TimeField):
        return lambda value: value.isoformat()
    if isinstance(target, models.DecimalField):
        return lambda value: f"{value:f}"
    if isinstance(target, models.JSONField):
        return lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if isinstance(target, models.CharField | models.TextField | models.IntegerField | models.BooleanField):
        return None
    return str


def _joined(ranges: Sequence[Range]) -> Iterator[list[Range]]:
    """Ranges that lie close together, to be read at one go."""
    near: list[Range] = []
    for first, last in ranges:
        if near and first - near[-1][1] > _NEAR:
            yield near
            near = []
        near.append((first, last))
    if near:
        yield near


def spelt(ranges: Iterable[Range]) -> str:
    return ",".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


def read_ranges(text: str) -> list[Range]:
    """Raises ValueError when ``text`` is not what ``spelt`` writes."""
    found: list[Range] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found.append((int(first), int(last or first)))
    return found


def ranges_of(keys: Iterable[int]) -> list[Range]:
    """Ascending keys as ranges."""
    found: list[Range] = []
    for key in keys:
        if found and key == found[-1][1] + 1:
            found[-1] = (found[-1][0], key)
        else:
            found.append((key, key))
    return found


def keys_of(ranges: Iterable[Range]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)
