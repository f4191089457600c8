"""What an import would do, worked out without doing it: new, changed, unchanged and wrong rows.

``match`` compares the rows of a file with the records by natural key, a few thousand rows and a handful of queries at
a time. A plan is rows, keys and changes, never the records themselves: what is held does not grow with the fields of
the ledger. Its hash covers everything it would write and everything it refuses: what is applied is what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from ledgers.db import Among
from ledgers.importing.checking import Read, ReadRow, WrongCell
from ledgers.importing.constraints import broken
from ledgers.importing.matching import CHUNK, Found, Key, Matcher
from ledgers.importing.normalise import address
from ledgers.importing.packing import first_line, packed_rows
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
    creates: list[PlannedRow]
    updates: list[PlannedRow]
    same: list[PlannedRow]
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
        rows = [*self.creates, *self.updates, *self.same]
        for columns in (*self.kept, *(self._columns(piece) for piece in pieces(rows))):
            there = self.matcher.existing(columns.key_columns)
            for key, pk, version in zip(
                self.matcher.keys(columns.key_columns), columns.keys, columns.versions, strict=True
            ):
                found = there.get(key, ())
                if [(record.pk, record.row_version) for record in found] != ([(pk, version)] if pk else []):
                    return False
                if found and self.matcher.cannot_touch(found):
                    return False
        return True

    def _columns(self, rows: Sequence[PlannedRow]) -> Columns:
        return Columns(
            "=",
            self.matcher.key_columns([row.source for row in rows]),
            [row.pk for row in rows],
            [row.row_version for row in rows],
        )


def pieces(rows: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def match(read: Read) -> Plan:
    """Compare the rows with the records."""
    return _Planner(read).plan()


def judged(matcher: Matcher, row: ReadRow) -> tuple[Record, list[tuple[str, str]]]:
    """The unsaved record that a row makes, and what is wrong with it: (field or "", sentence).

    The sheet's ``check`` may complete the record, so that a record to be written comes by here as well.
    """
    record = matcher.new_record(row)
    return record, problems_of(matcher, record)


def problems_of(matcher: Matcher, record: Record) -> list[tuple[str, str]]:
    problems = list(matcher.sheet.check(record))
    problems += [("", text) for text in broken(record, {name for name, _ in problems})]
    if not matcher.lookups.allows(record.unit_id):
        problems.append(("", "这条记录属于填报范围以外的单位，不能由您导入。"))
    return problems


class _Planner:
    def __init__(self, read: Read) -> None:
        self.read = read
        self.matcher = Matcher(read.ledger, read.sheet, read.lookups)
        self.unique_sets = [
            [self.matcher.fields[name].attname for name in names] for names in self.matcher.unique_sets()
        ]
        # A record that is only looked at can be the same one, with other values, for every row.
        self.new_record = self.matcher.reused_record() or self.matcher.new_record
        self.seen: dict[Key, ReadRow] = {}
        self.errors = list(read.errors)
        self.creates: list[PlannedRow] = []
        self.updates: list[PlannedRow] = []
        self.same: list[PlannedRow] = []

    def plan(self) -> Plan:
        for found in pieces(self.read.rows):
            self._compare(*self._single_rows(found))
        self._refuse_taken()
        order = {sheet.name: number for number, sheet in enumerate(self.read.sheets)}
        self.errors.sort(key=lambda error: (order.get(error.sheet, 0), error.row))
        lines = self._lines()
        rows = self.creates, self.updates, self.same
        return Plan(self.read, self.matcher, *rows, self.errors, sha256_of(lines), lines)

    def wrong(self, row: ReadRow, name: str, problem: str) -> None:
        """Note a problem at the cell of a field, or at the row's first cell."""
        by_field = row.sheet.by_field
        index = by_field[name].label.index if name in by_field else row.sheet.matches[0].label.index
        cells = row.sheet.grid.rows[row.row]
        value = str(cells[index])[:60] if index < len(cells) else ""
        label = row.sheet.labels().get(index, "") if name in by_field else ""
        self.errors.append(WrongCell(row.sheet.name, row.row, address(row.row, index), label, problem, value))

    def _single_rows(self, found: Sequence[ReadRow]) -> tuple[list[ReadRow], list[Key]]:
        """The rows with keys of their own, and the keys; of two rows for one record the second is wrong."""
        rows, keys = [], []
        for row, key in zip(found, self.matcher.keys(self.matcher.key_columns(found)), strict=True):
            first = self.seen.setdefault(key, row)
            if first is row:
                rows.append(row)
                keys.append(key)
                continue
            place = f"第{first.row + 1}行"
            if first.sheet is not row.sheet:
                place = f"工作表“{first.sheet.name}”{place}"
            self.wrong(
                row,
                self.matcher.key_fields[0],
                f"与{place}是同一条记录（{self.matcher.key_label}相同），请只保留一行。",
            )
        return rows, keys

    def _compare(self, rows: Sequence[ReadRow], keys: Sequence[Key]) -> None:
        """Put each row where it belongs: new, changed, unchanged or wrong."""
        names = list(dict.fromkeys(chain.from_iterable(row.values for row in rows)))
        existing = self.matcher.existing(self.matcher.key_columns(rows), names)
        changed: list[tuple[ReadRow, Found]] = []
        for row, key in zip(rows, keys, strict=True):
            found = existing.get(key, ())
            if not found:
                self._add(row)
            elif problem := self.matcher.cannot_touch(found):
                self.wrong(row, self.matcher.key_fields[0], problem)
            elif any(self._differing(row.values, dict(zip(names, found[0].values, strict=True)))):
                changed.append((row, found[0]))
            else:
                self.same.append(PlannedRow(row, self.matcher, found[0].pk, found[0].row_version))
        self._compare_changed(changed)

    def _add(self, row: ReadRow) -> None:
        record = self.new_record(row)
        problems = problems_of(self.matcher, record)
        self._keep(self.creates, PlannedRow(row, self.matcher), record, problems)

    def _compare_changed(self, changed: Sequence[tuple[ReadRow, Found]]) -> None:
        """What of the rows differs from the records, which are loaded for it as a whole."""
        keys = [found.pk for _, found in changed]
        records = {
            record.pk: record for record in self.matcher.model._default_manager.filter(Among("pk", keys))
        }
        for row, found in changed:
            record = records.get(found.pk)
            if record is None:  # deleted at this moment
                self._add(row)
                continue
            refusal, beside = self.matcher.sheet.refuse(record), self.matcher.sheet.beside(record)
            planned = PlannedRow(row, self.matcher, record.pk, record.row_version)
            planned.changes = self._change(row, record, row.values)
            # A row that says nothing new leaves the record as it is in every respect.
            if not planned.changes:
                self.same.append(planned)
            elif refusal:
                self.wrong(row, self.matcher.key_fields[0], refusal)
            else:
                planned.changes = [*planned.changes, *self._change(row, record, beside)]
                self._keep(self.updates, planned, record, problems_of(self.matcher, record))

    def _keep(
        self,
        where: list[PlannedRow],
        planned: PlannedRow,
        record: Record,
        problems: Sequence[tuple[str, str]],
    ) -> None:
        for name, text in problems:
            self.wrong(planned.source, name, text)
        if not problems:
            if self.unique_sets:
                planned.unique = tuple(
                    tuple(getattr(record, name) for name in names) for names in self.unique_sets
                )
            where.append(planned)

    def _differing(
        self, values: Mapping[str, Any], record: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any, Any]]:
        """The fields, with their values in the record and in the file, in which the file says something else."""
        related = self.matcher.maker.related
        for name, value in values.items():
            new = value.pk if name in related and value is not None else value
            old = record[name]
            if old != new and not self.matcher.is_same_key(name, old, new):
                yield name, old, new

    def _change(self, row: ReadRow, record: Record, values: Mapping[str, Any]) -> list[Change]:
        """Set ``values`` on the record; returns those that differ from what it had."""
        changes = []
        before = {name: getattr(record, self.matcher.fields[name].attname) for name in values}
        for name, old, new in self._differing(values, before):
            place = row.sheet.by_field.get(name)
            cell = address(row.row, place.label.index) if place else ""
            changes.append(Change(name, self.matcher.label(name), cell, old, new))
            setattr(record, name, values[name])
        return changes

    def _refuse_taken(self) -> None:
        refused: set[int] = set()
        for planned, name, text in self.matcher.taken(self.creates + self.updates):
            self.wrong(planned.source, name, text)
            refused.add(id(planned))
        if refused:
            self.creates = [planned for planned in self.creates if id(planned) not in refused]
            self.updates = [planned for planned in self.updates if id(planned) not in refused]

    def _lines(self) -> list[bytes]:
        lines = [first_line(self.read, self.errors)]
        for kind, planned in (("+", self.creates), ("~", self.updates), ("=", self.same)):
            lines += [
                packed_rows(kind, piece, self.read, self.matcher.key_fields) for piece in pieces(planned)
            ]
        return lines


def sha256_of(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()
