"""What an import would do, worked out without doing it: new, changed, unchanged and wrong rows.

A plan is rows, keys and changes, never the records themselves: what is held does not grow with the fields of
the ledger. Its hash covers everything it would write and everything it refuses: what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Literal, overload

from ledgers.importing.content import PIECE, Block, Read, ReadRow, WrongCell
from ledgers.importing.judging import judged
from ledgers.importing.matching import Matcher
from ledgers.models import Record


@dataclass(slots=True)
class Change:
    """``old`` and ``new`` as the record's attribute has them: the key of a related record, not the record."""

    field: str
    label: str
    cell: str
    old: Any
    new: Any


@dataclass(slots=True)
class PlannedRow:
    """A row that is to be written, or found to say nothing new. ``pk`` and ``row_version`` are those of its record."""

    source: ReadRow
    matcher: Matcher
    pk: int | None = None
    row_version: int = 0
    changes: Sequence[Change] = ()
    #: The values that no other record may have, see ``Matcher.unique_sets``.
    unique: tuple[tuple[Any, ...], ...] = ()

    @property
    def instance(self) -> Record:
        """The record that a new row makes, made anew each time."""
        record, _ = judged(self.matcher, self.source)
        return record


@dataclass(slots=True)
class Part:
    """Planned rows of one kind by column; ``keys`` and ``versions`` are those of their records."""

    block: Block
    keys: list[int | None]
    versions: list[int]
    #: See ``packing``.
    line: bytes

    def __len__(self) -> int:
        return len(self.keys)


class PlannedRows(Sequence[PlannedRow]):
    """Planned rows in the order of the file; those that were compared by column become objects when looked at."""

    def __init__(self, matcher: Matcher, rows: Iterable[PlannedRow] = ()) -> None:
        self.matcher = matcher
        self.parts: list[Part | list[PlannedRow]] = []
        for row in rows:
            self.append(row)

    def append(self, row: PlannedRow) -> None:
        last = self.parts[-1] if self.parts else None
        if not isinstance(last, list):
            last = []
            self.parts.append(last)
        last.append(row)

    def add(self, part: Part) -> None:
        if len(part):
            self.parts.append(part)

    def pieces(self) -> Iterator[Part | Sequence[PlannedRow]]:
        for part in self.parts:
            if isinstance(part, Part):
                yield part
            else:
                yield from pieces(part)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[PlannedRow]:
        for part in self.parts:
            yield from map(partial(self._row, part), range(len(part)))

    @overload
    def __getitem__(self, at: int) -> PlannedRow: ...
    @overload
    def __getitem__(self, at: slice) -> list[PlannedRow]: ...
    def __getitem__(self, at: int | slice) -> PlannedRow | list[PlannedRow]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        left = at + len(self) if at < 0 else at
        for part in self.parts:
            if 0 <= left < len(part):
                return self._row(part, left)
            left -= len(part)
        raise IndexError(at)

    def _row(self, part: Part | list[PlannedRow], at: int) -> PlannedRow:
        if isinstance(part, list):
            return part[at]
        return PlannedRow(part.block.row(at), self.matcher, part.keys[at], part.versions[at])


@dataclass(slots=True)
class Columns:
    """Rows of one kind by column, as records' attributes have them; keys and versions are those of their records."""

    kind: Literal["+", "~", "="]
    key_columns: list[list[Any]]
    keys: list[int | None]
    versions: list[int]
    #: The values of new rows by field name, None where a cell was blank.
    values: dict[str, list[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(slots=True)
class Plan:
    read: Read
    matcher: Matcher
    creates: PlannedRows
    updates: list[PlannedRow]
    same: PlannedRows
    errors: list[WrongCell]
    #: Over everything that the plan would write and everything that it refuses.
    sha256: str
    #: What the hash is made over, see ``packing``.
    lines: list[bytes] = field(default_factory=list)
    #: Rows of a plan that has been kept (see ``kept``), of which nothing but their columns is needed any more.
    kept: list[Columns] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(len(sheet.rows) for sheet in self.read.sheets)

    @property
    def unchanged(self) -> int:
        return len(self.same) + self._kept("=")

    @property
    def created(self) -> int:
        return len(self.creates) + self._kept("+")

    def _kept(self, kind: str) -> int:
        return sum(len(columns) for columns in self.kept if columns.kind == kind)

    @property
    def wrong_rows(self) -> int:
        return len({(error.sheet, error.row) for error in self.errors})

    @property
    def skipped(self) -> int:
        return sum(len(sheet.skipped) for sheet in self.read.sheets)

    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": len(self.updates),
            "unchanged": self.unchanged,
            "wrong": self.wrong_rows,
            "skipped": self.skipped,
            "errors": len(self.errors),
        }

    def records(self, rows: Sequence[PlannedRow]) -> list[Record]:
        """The records of ``rows`` as they will be, in one query; a row whose record is gone by now has none."""
        model: Any = self.matcher.model
        keys = [row.pk for row in rows if row.pk is not None]
        # What a record is called may be told by what it belongs to.
        related = model._default_manager.select_related(*self.read.ledger.select_related)
        there = related.filter(pk__in=keys).in_bulk()
        records = []
        for row in rows:
            record: Record | None = row.instance if row.pk is None else there.get(row.pk)
            if record is not None:
                for change in row.changes:
                    setattr(record, self.matcher.fields[change.field].attname, change.new)
                records.append(record)
        return records

    def still_holds(self) -> bool:
        """Whether the records are what the plan was made from: none is new, gone or changed.

        Everything else a plan says follows from the file and from the units within reach.
        """
        rows = chain(self.creates.pieces(), pieces(self.updates), self.same.pieces())
        for columns in chain(self.kept, map(self.columns, rows)):
            there = self.matcher.existing(columns.key_columns)
            if not there and not any(columns.keys):
                continue
            for key, pk, version in zip(
                self.matcher.keys(columns.key_columns), columns.keys, columns.versions, strict=True
            ):
                found = there.get(key, ())
                if [(record.pk, record.row_version) for record in found] != ([(pk, version)] if pk else []):
                    return False
                if found and self.matcher.cannot_touch(found):
                    return False
        return True

    def columns(self, rows: Part | Sequence[PlannedRow]) -> Columns:
        if isinstance(rows, Part):
            return Columns(
                "=",
                self.matcher.block_keys(rows.block),
                rows.keys,
                rows.versions,
                self.matcher.stored(rows.block),
            )
        return Columns(
            "=",
            self.matcher.key_columns([row.source for row in rows]),
            [row.pk for row in rows],
            [row.row_version for row in rows],
        )


def pieces(rows: Sequence[Any], size: int = PIECE) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def sha256_of(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()
