"""Finding the records a file is about: by natural key, all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import models

from ledgers.importing.lookups import Lookups
from ledgers.importing.normalise import key_forms, key_text
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import Record
from ledgers.registry import Ledger

if TYPE_CHECKING:
    from ledgers.importing.checking import ReadRow
    from ledgers.importing.plan import PlannedRow

Key = tuple[Any, ...]

#: Keys asked for in one query; well below SQLite's limit of 32,766 parameters.
CHUNK: Final = 5000
#: A second key field narrows the query when it has no more values than this.
FEW: Final = 300


def stored(model_field: models.Field[Any, Any], value: Any) -> Any:
    """The value as the record's own attribute has it: the key of a related record, not the record."""
    return value.pk if isinstance(model_field, models.ForeignKey) and value is not None else value


class Matcher:
    """Compares rows with the records of one ledger."""

    def __init__(self, ledger: Ledger, sheet: type[LedgerSheet], lookups: Lookups) -> None:
        self.model: Any = ledger.model
        self.ledger = ledger
        self.sheet = sheet
        self.lookups = lookups
        self.key_fields = sheet.natural_key()
        self.fields: dict[str, models.Field[Any, Any]] = {
            found.name: found for found in self.model._meta.concrete_fields
        }

    @property
    def key_label(self) -> str:
        return "、".join(self.label(name) for name in self.key_fields)

    def label(self, name: str) -> str:
        columns = self.sheet.columns()
        return columns[name].label if name in columns else str(self.fields[name].verbose_name)

    def key(self, values: dict[str, Any]) -> Key:
        """What makes the row the record it is; brackets of either width are the same."""
        return tuple(
            self._key_part(name, stored(self.fields[name], values.get(name))) for name in self.key_fields
        )

    def _key_part(self, name: str, value: Any) -> Any:
        return key_text(value) if isinstance(value, str) else value

    def is_same_key(self, name: str, old: Any, new: Any) -> bool:
        """Whether two texts of a key field differ in the width of brackets only."""
        return (
            name in self.key_fields
            and isinstance(old, str)
            and isinstance(new, str)
            and key_text(old) == key_text(new)
        )

    def existing(self, rows: Sequence[ReadRow], *, lock: bool) -> dict[Key, list[Record]]:
        """The records with the rows' keys, wherever they belong; in a few queries."""
        found: dict[Key, list[Record]] = defaultdict(list)
        if not rows:
            return found
        wanted = {row.key for row in rows}
        parts = [self._values(name, rows) for name in self.key_fields]
        # The field with most values carries the query, the others narrow it.
        lead = max(range(len(parts)), key=lambda position: len(parts[position]))
        narrowing = {
            f"{self.key_fields[position]}__in": list(values)
            for position, values in enumerate(parts)
            if position != lead and len(values) <= FEW
        }
        leading = sorted(parts[lead], key=str)
        for start in range(0, len(leading), CHUNK):
            records = self.model._default_manager.filter(
                **{f"{self.key_fields[lead]}__in": leading[start : start + CHUNK]}, **narrowing
            ).order_by("pk")
            if lock:
                records = records.select_for_update(of=("self",))
            for record in records:
                key = tuple(
                    self._key_part(name, getattr(record, self.fields[name].attname))
                    for name in self.key_fields
                )
                if key in wanted:
                    found[key].append(record)
        return found

    def _values(self, name: str, rows: Iterable[ReadRow]) -> set[Any]:
        values: set[Any] = set()
        for row in rows:
            value = stored(self.fields[name], row.values.get(name))
            values.update(key_forms(value) if isinstance(value, str) else (value,))
        return values

    def cannot_touch(self, found: Sequence[Record]) -> str:
        """Why the records found for a row may not be changed by this import; "" when they may."""
        if len(found) > 1:
            return f"系统中有{len(found)}条{self.key_label}相同的记录，无法判断是哪一条，请先在页面上核对。"
        if found and not self.lookups.allows(found[0].unit_id):
            return f"这个{self.key_label}已由填报范围以外的单位登记，请核对，或联系上级单位。"
        return ""

    def taken(self, planned: Sequence[PlannedRow]) -> Iterator[tuple[PlannedRow, str, str]]:
        """Rows that would break a uniqueness rule other than the natural key: (row, field, sentence)."""
        for names in self._unique_sets():
            yield from self._taken(names, planned)

    def _unique_sets(self) -> Iterator[tuple[str, ...]]:
        for name, model_field in self.fields.items():
            if model_field.unique and not model_field.primary_key:
                yield (name,)
        for constraint in self.model._meta.constraints:
            if (
                isinstance(constraint, models.UniqueConstraint)
                and constraint.fields
                and constraint.condition is None
            ):
                yield tuple(constraint.fields)

    def _taken(
        self, names: tuple[str, ...], planned: Sequence[PlannedRow]
    ) -> Iterator[tuple[PlannedRow, str, str]]:
        if set(names) == set(self.key_fields):
            return
        attributes = [self.fields[name].attname for name in names]
        label = "、".join(self.label(name) for name in names)
        by_value: dict[Key, PlannedRow] = {}
        for row in planned:
            value = tuple(getattr(row.instance, attribute) for attribute in attributes)
            if None in value:
                continue
            if value in by_value:
                other = by_value[value].source.row + 1
                yield row, names[0], f"{label}与第{other}行相同，不能重复，请核对。"
            else:
                by_value[value] = row
        leading = sorted({value[0] for value in by_value}, key=str)
        for start in range(0, len(leading), CHUNK):
            holders = self.model._default_manager.filter(
                **{f"{names[0]}__in": leading[start : start + CHUNK]}
            )
            for pk, *value in holders.values_list("pk", *attributes):
                held = by_value.get(tuple(value))
                if held is not None and held.instance.pk != pk:
                    yield held, names[0], f"{label}已由另一条记录使用，不能重复，请核对。"
