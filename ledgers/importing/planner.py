"""Comparing the rows of a file with the records by natural key, a few thousand rows and a handful of queries at a time.

Where a new record is nothing but its row, rows are compared and judged by column, and only those that differ, or that
something is wrong with, are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from ledgers.db import Among
from ledgers.importing.content import Block, Read, ReadRow, WrongCell
from ledgers.importing.judging import ColumnJudge, judged, problems_of
from ledgers.importing.layout import Understanding
from ledgers.importing.making import is_written_plainly
from ledgers.importing.matching import Found, Key, Matcher
from ledgers.importing.normalise import address
from ledgers.importing.pace import uncollected
from ledgers.importing.packing import first_line, packed_block, packed_rows
from ledgers.importing.plan import Change, Part, Plan, PlannedRow, PlannedRows, pieces, sha256_of
from ledgers.models import Record

#: Blocks of fewer rows than this, such as those of a sheet per village, are rather compared together.
WORTH_A_QUERY: Final = 500


@uncollected()
def match(read: Read) -> Plan:
    """Compare the rows with the records."""
    return _Planner(read).plan()


class _Planner:
    def __init__(self, read: Read) -> None:
        self.read = read
        self.matcher = Matcher(read.ledger, read.sheet, read.lookups)
        self.unique_sets = [
            [self.matcher.fields[name].attname for name in names] for names in self.matcher.unique_sets()
        ]
        self.judge = ColumnJudge(self.matcher)
        #: Where each key comes first: the row, or the block that has it.
        self.seen: dict[Key, tuple[Understanding, int] | Block] = {}
        self.errors = list(read.errors)
        self.creates = PlannedRows(self.matcher)
        self.updates: list[PlannedRow] = []
        self.same = PlannedRows(self.matcher)

    def plan(self) -> Plan:
        if self._goes_by_column():
            for block in self.read.blocks:
                self._compare_block(*self._single_rows_of(block))
        else:
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

    def _goes_by_column(self) -> bool:
        blocks = self.read.blocks
        return (
            is_written_plainly(self.read.ledger)
            and not self.unique_sets
            and (len(blocks) == 1 or sum(map(len, blocks)) > WORTH_A_QUERY * len(blocks))
        )

    def _single_rows(self, found: Sequence[ReadRow]) -> tuple[list[ReadRow], list[Key]]:
        """The rows with keys of their own, and the keys; of two rows for one record the second is wrong."""
        rows, keys = [], []
        for row, key in zip(found, self.matcher.keys(self.matcher.key_columns(found)), strict=True):
            if self._comes_first(row, key):
                rows.append(row)
                keys.append(key)
        return rows, keys

    def _single_rows_of(self, block: Block) -> tuple[Block, list[Key]]:
        """The same by column."""
        keys = self.matcher.keys(self.matcher.block_keys(block))
        different = dict.fromkeys(keys, block)
        if len(different) == len(keys) and self.seen.keys().isdisjoint(different):
            self.seen.update(different)
            return block, keys
        first = [at for at, key in enumerate(keys) if self._comes_first(block.row(at), key)]
        return block.only(first), [keys[at] for at in first]

    def _comes_first(self, row: ReadRow, key: Key) -> bool:
        place = row.sheet, row.row
        first = self.seen.setdefault(key, place)
        if first is place:
            return True
        if isinstance(first, Block):
            at = self.matcher.keys(self.matcher.block_keys(first)).index(key)
            first = first.sheet, first.numbers[at]
        sheet, number = first
        where = f"第{number + 1}行"
        if sheet is not row.sheet:
            where = f"工作表“{sheet.name}”{where}"
        self.wrong(
            row,
            self.matcher.key_fields[0],
            f"与{where}是同一条记录（{self.matcher.key_label}相同），请只保留一行。",
        )
        return False

    def _compare_block(self, block: Block, keys: Sequence[Key]) -> None:
        """Put each row where it belongs, as ``_compare`` does."""
        existing = self.matcher.existing(self.matcher.block_keys(block), list(block.values))
        if not existing:
            self._add_block(block)
            return
        new, there = [], []
        for at, key in enumerate(keys):
            found = existing.get(key)
            if not found:
                new.append(at)
            elif problem := self.matcher.cannot_touch(found):
                self.wrong(block.row(at), self.matcher.key_fields[0], problem)
            else:
                there.append((at, found[0]))
        if new:
            self._add_block(block.only(new))
        self._compare_there(block, there)

    def _compare_there(self, block: Block, there: Sequence[tuple[int, Found]]) -> None:
        """The same for the rows of a block whose records are there."""
        differing: set[int] = set()
        olds = zip(*(found.values for _, found in there), strict=True)
        for (name, column), old in zip(self.matcher.stored(block).items(), olds, strict=False):
            new = [column[at] for at, _ in there]
            if new != list(old):
                for (at, _), before, after in zip(there, old, new, strict=True):
                    if after is None or before == after or self.matcher.is_same_key(name, before, after):
                        continue
                    differing.add(at)
        same = [(at, found) for at, found in there if at not in differing]
        if same:
            self.same.add(
                self._part(
                    "=",
                    block.only([at for at, _ in same]),
                    [found.pk for _, found in same],
                    [found.row_version for _, found in same],
                )
            )
        self._compare_changed([(block.row(at), found) for at, found in there if at in differing])

    def _add_block(self, block: Block) -> None:
        """Plan new records; those that something is wrong with are found one by one."""
        if not self.judge.passes(block):
            sound = []
            for at, row in enumerate(block.rows()):
                _, problems = judged(self.matcher, row)
                for name, text in problems:
                    self.wrong(row, name, text)
                if not problems:
                    sound.append(at)
            block = block.only(sound)
        self.creates.add(self._part("+", block, [None] * len(block), [0] * len(block)))

    def _part(self, kind: str, block: Block, keys: list[int | None], versions: list[int]) -> Part:
        # Packed at once, while the processor has the values at hand.
        line = packed_block(kind, block, keys, versions, self.read, self.matcher)
        return Part(block, keys, versions, line)

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
        record, problems = judged(self.matcher, row)
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
        where: PlannedRows | list[PlannedRow],
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
        if not self.unique_sets:
            return
        for planned, name, text in self.matcher.taken([*self.creates, *self.updates]):
            self.wrong(planned.source, name, text)
            refused.add(id(planned))
        if refused:
            sound = (planned for planned in self.creates if id(planned) not in refused)
            self.creates = PlannedRows(self.matcher, sound)
            self.updates = [planned for planned in self.updates if id(planned) not in refused]

    def _lines(self) -> list[bytes]:
        lines = [first_line(self.read, self.errors)]
        rows = [("+", self.creates.pieces()), ("~", pieces(self.updates)), ("=", self.same.pieces())]
        for kind, planned in rows:
            for piece in planned:
                if isinstance(piece, Part):
                    lines.append(piece.line)
                else:
                    lines.append(packed_rows(kind, piece, self.read, self.matcher))
        return lines
