"""Finding the records a file is about: by natural key, all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import models

from ledgers.db import Among
from ledgers.importing.content import PIECE
from ledgers.importing.lookups import Lookups
from ledgers.importing.making import RecordMaker
from ledgers.importing.normalise import bracketed, key_forms, key_text, key_texts
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import Record
from ledgers.registry import Ledger

if TYPE_CHECKING:
    from ledgers.importing.content import Block, ReadRow
    from ledgers.importing.plan import PlannedRow

Key = tuple[Any, ...]

#: A second key field narrows the query when it has no more values than this.
FEW: Final = 300


class Found(NamedTuple):
    """What is known of a record in the database: enough to tell whether a row says anything new."""

    pk: int
    row_version: int
    unit_id: int
    #: The values of the fields that were asked for, in their order, as the record's attributes have them.
    values: Sequence[Any]


def _stored(model_field: models.Field[Any, Any], value: Any) -> Any:
    """The value as the record's own attribute has it: the key of a related record, not the record."""
    return value.pk if isinstance(model_field, models.ForeignKey) and value is not None else value


def _keys_of(records: Sequence[Any]) -> list[Any]:
    """The keys of related records, of which there are few different ones."""
    different = dict(zip(map(id, records), records, strict=True))
    keys = {place: None if record is None else record.pk for place, record in different.items()}
    return [keys[place] for place in map(id, records)]


def _forms(values: Iterable[Any]) -> set[Any]:
    """The values, and the ways in which those that are texts may stand in the database."""
    forms = set(values)
    for text in bracketed(forms):
        forms |= key_forms(text)
    return forms


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
        self.maker = RecordMaker(self.model)
        #: What was told of the last block: it is asked for several times on end.
        self._stored: tuple[Block, dict[str, list[Any]]] | None = None

    def new_record(self, row: ReadRow) -> Record:
        """The unsaved record that a row makes, as the sheet's ``check`` has to see it."""
        record: Record = self.maker.make({**row.values, **self.sheet.beside(None)})
        return record

    @property
    def key_label(self) -> str:
        return "、".join(self.label(name) for name in self.key_fields)

    def label(self, name: str) -> str:
        columns = self.sheet.columns()
        return columns[name].label if name in columns else str(self.fields[name].verbose_name)

    def key_columns(self, rows: Sequence[ReadRow]) -> list[list[Any]]:
        """The values of each key field in the rows, as records' attributes have them."""
        return [
            [_stored(self.fields[name], row.values.get(name)) for row in rows] for name in self.key_fields
        ]

    def stored(self, block: Block) -> dict[str, list[Any]]:
        """The columns of a block by field, as records' attributes have them: keys of related records."""
        if self._stored is None or self._stored[0] is not block:
            related = self.maker.related
            columns = {
                name: _keys_of(column) if name in related else column for name, column in block.values.items()
            }
            self._stored = block, columns
        return self._stored[1]

    def block_keys(self, block: Block) -> list[list[Any]]:
        """As ``key_columns``, of a block."""
        blank = [None] * len(block)
        columns = self.stored(block)
        return [columns.get(name, blank) for name in self.key_fields]

    @staticmethod
    def keys(columns: Iterable[Sequence[Any]]) -> list[Key]:
        """What makes rows the records they are, from the columns of the key fields; brackets of either width are the
        same."""
        return list(zip(*map(key_texts, columns), strict=True))

    def is_same_key(self, name: str, old: Any, new: Any) -> bool:
        """Whether two texts of a key field differ in the width of brackets only."""
        return (
            name in self.key_fields
            and isinstance(old, str)
            and isinstance(new, str)
            and key_text(old) == key_text(new)
        )

    def existing(
        self, key_columns: Sequence[Sequence[Any]], names: Sequence[str] = ()
    ) -> dict[Key, list[Found]]:
        """The records with the keys, wherever they belong, with the fields ``names``; in a few queries."""
        found: dict[Key, list[Found]] = defaultdict(list)
        wanted: set[Key] = set()
        parts = [_forms(column) for column in key_columns]
        # The field with most values carries the query, the others narrow it.
        lead = max(range(len(parts)), key=lambda position: len(parts[position]))
        narrowing = {
            f"{self.key_fields[position]}__in": list(values)
            for position, values in enumerate(parts)
            if position != lead and len(values) <= FEW
        }
        attributes = [self.fields[name].attname for name in (*self.key_fields, *names)]
        after_key = 3 + len(self.key_fields)
        texts_only = set(map(type, parts[lead])) == {str}
        leading = sorted(parts[lead], key=None if texts_only else str)
        for start in range(0, len(leading), PIECE):
            records = self.model._default_manager.filter(
                Among(self.key_fields[lead], leading[start : start + PIECE]), **narrowing
            ).order_by("pk")
            rows = list(records.values_list("pk", "row_version", "unit_id", *attributes))
            if not rows:
                continue
            wanted = wanted or set(self.keys(key_columns))
            keys = self.keys(list(zip(*rows, strict=True))[3:after_key])
            for key, row in zip(keys, rows, strict=True):
                if key in wanted:
                    found[key].append(Found(row[0], row[1], row[2], row[after_key:]))
        return found

    def cannot_touch(self, found: Sequence[Found]) -> str:
        """Why the records found for a row may not be changed by this import; "" when they may."""
        if len(found) > 1:
            return f"系统中有{len(found)}条{self.key_label}相同的记录，无法判断是哪一条，请先在页面上核对。"
        if found and not self.lookups.allows(found[0].unit_id):
            return f"这个{self.key_label}已由填报范围以外的单位登记，请核对，或联系上级单位。"
        return ""

    def unique_sets(self) -> list[tuple[str, ...]]:
        """The attributes, by set, of which no two records may have the same values, the natural key aside."""
        names: list[tuple[str, ...]] = [
            (model_field.name,)
            for model_field in self.fields.values()
            if model_field.unique and not model_field.primary_key
        ]
        names += [
            tuple(constraint.fields)
            for constraint in self.model._meta.constraints
            if isinstance(constraint, models.UniqueConstraint)
            and constraint.fields
            and constraint.condition is None
        ]
        return [found for found in names if set(found) != set(self.key_fields)]

    def taken(self, planned: Sequence[PlannedRow]) -> Iterator[tuple[PlannedRow, str, str]]:
        """Rows that would break a uniqueness rule other than the natural key: (row, field, sentence)."""
        for position, names in enumerate(self.unique_sets()):
            yield from self._taken(names, position, planned)

    def _taken(
        self, names: tuple[str, ...], position: int, planned: Sequence[PlannedRow]
    ) -> Iterator[tuple[PlannedRow, str, str]]:
        attributes = [self.fields[name].attname for name in names]
        label = "、".join(self.label(name) for name in names)
        by_value: dict[Key, PlannedRow] = {}
        for row in planned:
            value = row.unique[position]
            if None in value:
                continue
            if value in by_value:
                other = by_value[value].source.row + 1
                yield row, names[0], f"{label}与第{other}行相同，不能重复，请核对。"
            else:
                by_value[value] = row
        leading = sorted({value[0] for value in by_value}, key=str)
        for start in range(0, len(leading), PIECE):
            holders = self.model._default_manager.filter(Among(names[0], leading[start : start + PIECE]))
            for pk, *value in holders.values_list("pk", *attributes):
                held = by_value.get(tuple(value))
                if held is not None and held.pk != pk:
                    yield held, names[0], f"{label}已由另一条记录使用，不能重复，请核对。"
