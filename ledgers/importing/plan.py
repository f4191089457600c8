"""What an import would do, worked out without doing it: new, changed, unchanged and wrong rows.

``match`` compares the rows of a file with the records by natural key, in a handful of queries whatever the size.
Applying runs it again under lock and compares the plans' hashes: what is applied is what was shown.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgers.importing.checking import Read, ReadRow, WrongCell
from ledgers.importing.constraints import broken
from ledgers.importing.matching import Key, Matcher, stored
from ledgers.importing.normalise import address
from ledgers.models import Record


@dataclass(slots=True)
class Change:
    field: str
    label: str
    cell: str
    old: Any
    new: Any


@dataclass(slots=True)
class PlannedRow:
    source: ReadRow
    instance: Record
    changes: list[Change] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    read: Read
    creates: list[PlannedRow]
    updates: list[PlannedRow]
    unchanged: int
    errors: list[WrongCell]
    sha256: str

    @property
    def rows(self) -> int:
        return sum(len(sheet.rows) for sheet in self.read.sheets)

    @property
    def wrong_rows(self) -> int:
        return len({(error.sheet, error.row) for error in self.errors})

    @property
    def skipped(self) -> int:
        return sum(len(sheet.skipped) for sheet in self.read.sheets)

    def counts(self) -> dict[str, int]:
        return {
            "rows": self.rows,
            "created": len(self.creates),
            "updated": len(self.updates),
            "unchanged": self.unchanged,
            "wrong": self.wrong_rows,
            "skipped": self.skipped,
            "errors": len(self.errors),
        }


def match(read: Read, *, lock: bool = False) -> Plan:
    """Compare the rows with the records. ``lock`` holds the records found until the transaction ends."""
    return _Planner(read).plan(lock=lock)


class _Planner:
    def __init__(self, read: Read) -> None:
        self.read = read
        self.matcher = Matcher(read.ledger, read.sheet, read.lookups)
        self.errors = list(read.errors)
        self.creates: list[PlannedRow] = []
        self.updates: list[PlannedRow] = []
        self.unchanged: list[tuple[ReadRow, Record]] = []

    def plan(self, *, lock: bool) -> Plan:
        rows = self._single_rows()
        existing = self.matcher.existing(rows, lock=lock)
        for row in rows:
            self._place(row, existing.get(row.key or (), []))
        self._refuse_taken()
        order = {sheet.name: number for number, sheet in enumerate(self.read.sheets)}
        self.errors.sort(key=lambda error: (order.get(error.sheet, 0), error.row))
        return Plan(self.read, self.creates, self.updates, len(self.unchanged), self.errors, self._digest())

    def wrong(self, row: ReadRow, name: str, problem: str) -> None:
        """Note a problem at the cell of a field, or at the row's first cell."""
        by_field = row.sheet.by_field
        index = by_field[name].label.index if name in by_field else row.sheet.matches[0].label.index
        cells = row.sheet.grid.rows[row.row]
        value = str(cells[index])[:60] if index < len(cells) else ""
        label = row.sheet.labels().get(index, "") if name in by_field else ""
        self.errors.append(WrongCell(row.sheet.name, row.row, address(row.row, index), label, problem, value))

    def _single_rows(self) -> list[ReadRow]:
        """The rows with keys of their own; of two rows for one record the second is wrong."""
        seen: dict[Key, ReadRow] = {}
        rows = []
        for row in self.read.rows:
            row.key = self.matcher.key(row.values)
            first = seen.setdefault(row.key, row)
            if first is row:
                rows.append(row)
                continue
            place = f"第{first.row + 1}行"
            if first.sheet is not row.sheet:
                place = f"工作表“{first.sheet.name}”{place}"
            self.wrong(
                row,
                self.matcher.key_fields[0],
                f"与{place}是同一条记录（{self.matcher.key_label}相同），请只保留一行。",
            )
        return rows

    def _place(self, row: ReadRow, found: list[Record]) -> None:
        """Put one row where it belongs: new, changed, unchanged or wrong."""
        problem = self.matcher.cannot_touch(found)
        if problem:
            self.wrong(row, self.matcher.key_fields[0], problem)
            return
        planned = self._planned(row, found[0] if found else None)
        if found and not planned.changes:
            self.unchanged.append((row, found[0]))
            return
        if found and (refusal := self.read.sheet.refuse(found[0])):
            self.wrong(row, self.matcher.key_fields[0], refusal)
            return
        problems = list(self.read.sheet.check(planned.instance))
        named = {name for name, _ in problems if name}
        problems += [("", text) for text in broken(planned.instance, named)]
        if not self.read.lookups.allows(planned.instance.unit_id):
            problems.append(("", "这条记录属于填报范围以外的单位，不能由您导入。"))
        for name, text in problems:
            self.wrong(row, name, text)
        if not problems:
            (self.updates if found else self.creates).append(planned)

    def _planned(self, row: ReadRow, found: Record | None) -> PlannedRow:
        beside = self.matcher.sheet.beside(found)
        if found is None:
            return PlannedRow(row, self.matcher.model(**row.values, **beside))
        instance = copy.copy(found)
        # The copy must not share what Django remembers about related objects.
        instance._state = copy.copy(found._state)
        instance._state.fields_cache = dict(found._state.fields_cache)
        changes = self._change(row, found, instance, row.values)
        if changes:
            # A row that says nothing new leaves the record as it is in every respect.
            changes += self._change(row, found, instance, beside)
        return PlannedRow(row, instance, changes)

    def _change(
        self, row: ReadRow, found: Record, instance: Record, values: Mapping[str, Any]
    ) -> list[Change]:
        """Set ``values`` on the copy; returns those that differ from the record found."""
        changes = []
        for name, value in values.items():
            model_field = self.matcher.fields[name]
            old, new = getattr(found, model_field.attname), stored(model_field, value)
            if old == new or self.matcher.is_same_key(name, old, new):
                continue
            place = row.sheet.by_field.get(name)
            cell = address(row.row, place.label.index) if place else ""
            changes.append(Change(name, self.matcher.label(name), cell, old, new))
            setattr(instance, name, value)
        return changes

    def _refuse_taken(self) -> None:
        refused: set[int] = set()
        for planned, name, text in self.matcher.taken(self.creates + self.updates):
            self.wrong(planned.source, name, text)
            refused.add(id(planned))
        if refused:
            self.creates = [planned for planned in self.creates if id(planned) not in refused]
            self.updates = [planned for planned in self.updates if id(planned) not in refused]

    def _digest(self) -> str:
        """A hash over everything the plan would write and everything it refuses."""
        lines: list[Any] = [[row.sheet.name, row.row, "=", record.pk] for row, record in self.unchanged]
        lines += [_line("+", planned) for planned in self.creates]
        lines += [_line("~", planned) for planned in self.updates]
        lines += [[error.sheet, error.row, "!", error.cell, error.problem] for error in self.errors]
        digest = hashlib.sha256()
        for line in lines:
            digest.update(json.dumps(line, ensure_ascii=False, default=str, sort_keys=True).encode())
        return digest.hexdigest()


def _line(kind: str, planned: PlannedRow) -> list[Any]:
    source = planned.source
    instance = planned.instance
    values: Iterable[tuple[str, Any]] = (
        ((change.field, change.new) for change in planned.changes)
        if kind == "~"
        else ((name, getattr(value, "pk", value)) for name, value in source.values.items())
    )
    version = [instance.pk, instance.row_version] if kind == "~" else []
    return [source.sheet.name, source.row, kind, *version, {name: str(value) for name, value in values}]
