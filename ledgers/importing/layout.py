"""Understanding a sheet: header, columns, units of measure, the rows that are records and those that are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledgers.importing.cells import YearCell
from ledgers.importing.grid import Grid, columns_of
from ledgers.importing.headers import Header, HeaderFinder, Match
from ledgers.importing.normalise import fold
from ledgers.importing.rows import RowKinds, is_blank_row
from ledgers.importing.sheets import Column, LedgerSheet
from ledgers.importing.titles import Stated, read_footer, read_title

#: {layout signature: {column number as text: field name, or "" to leave the column out}}. Where the header does not
#: say what amounts are counted in, the user may: "registered_capital:元".
Mappings = Mapping[str, Mapping[str, str]]


#: Rows looked at together: nearly all are plain records, and those that are not stand together.
PLAIN_PIECE: Final = 500
#: What stands in a cell for the words in the cell above.
DITTO: Final = frozenset({"同上", "〃", "″", "''", "\u201d"})


@dataclass(slots=True)
class Understanding:
    """How one sheet is read. Rows and columns count from 0."""

    grid: Grid
    header_rows: list[int] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    #: Record rows, ascending.
    rows: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    signature: str = ""
    #: What stands above and below the table.
    stated: Stated = field(default_factory=Stated)
    #: Labels of required columns the sheet does not have.
    missing: list[str] = field(default_factory=list)
    #: Number cells merged over several rows: nobody can tell whose the figure is.
    merged_numbers: set[tuple[int, int]] = field(default_factory=set)
    #: Units named by heading rows above groups of rows, by record row.
    heading_units: dict[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.grid.name

    @property
    def unit_name(self) -> str:
        """The unit on the 填报单位 line."""
        return self.stated.unit_name

    @property
    def money_unit(self) -> str:
        """What amounts are counted in where their header does not say."""
        return self.stated.money_unit

    @property
    def is_understood(self) -> bool:
        return bool(self.header_rows) and not self.missing and any(match.field for match in self.matches)

    @property
    def by_field(self) -> dict[str, Match]:
        return {match.field: match for match in self.matches if match.field}

    @property
    def hidden_rows(self) -> int:
        """How many of the record rows are hidden in the workbook; they are read like the others."""
        return len(self.grid.hidden_rows.intersection(self.rows))

    def cells(self, index: int) -> Iterator[Any]:
        """The record rows' cells in one column."""
        rows = self.grid.rows
        return (rows[number][index] for number in self.rows if index < len(rows[number]))

    def labels(self) -> dict[int, str]:
        """A name for every labelled column, unique within the sheet: 户 under 归侨 is 归侨·户."""
        texts = [match.label.text for match in self.matches]
        named: dict[int, str] = {}
        for match in self.matches:
            label = match.label
            text = label.text
            if texts.count(text) > 1 and label.group:
                # 户 and 人 in a row of units below 归侨 are 归侨（户） and 归侨（人）.
                text = f"{text}（{label.unit}）" if label.group == text else f"{label.group}·{text}"
            while text in named.values():
                text += "′"
            named[label.index] = text
        return named

    def as_json(self) -> dict[str, Any]:
        """The part of the command line's JSON that says how this sheet was read; rows count from 1."""
        labels = self.labels()
        return {
            "name": self.name,
            "header_rows": [row + 1 for row in self.header_rows],
            "first_row": self.rows[0] + 1 if self.rows else None,
            "last_row": self.rows[-1] + 1 if self.rows else None,
            "columns": {labels[match.label.index]: match.field for match in self.matches if match.field},
            "ignored": [labels[match.label.index] for match in self.matches if not match.field],
            "skipped_rows": [{"row": row + 1, "why": why} for row, why in self.skipped],
        }


def understand(
    grid: Grid,
    sheet: type[LedgerSheet],
    mappings: Mappings | None = None,
    *,
    header_rows: tuple[int, int] | None = None,
    year: int | None = None,
) -> Understanding:
    """Read a sheet's layout with a ledger's columns; blank cells that mean "as above" are filled in ``grid``.

    ``mappings`` are what users have said about layouts, by signature, and ``header_rows`` the first and last row of the
    header, counted from 1; they win over our own reading. ``year`` is that of the whole import, if it has one.
    """
    columns = sheet.columns()
    finder = HeaderFinder(grid, columns)
    header = finder.find()
    if header_rows is not None and 1 <= header_rows[0] <= header_rows[1] <= len(grid.rows):
        header = finder.read(list(range(header_rows[0] - 1, header_rows[1])))
    if header is None:
        return Understanding(grid, missing=[column.label for column in columns.values() if column.required])
    found = Understanding(grid, header_rows=header.rows, matches=header.matches, signature=_signature(header))
    _apply_mapping(found, (mappings or {}).get(found.signature, {}), columns)
    found.stated = read_title(grid, header.rows[0])
    found.missing = [
        column.label
        for name, column in columns.items()
        if column.required
        and name not in found.by_field
        and not (isinstance(column.widget, YearCell) and (found.stated.year or year))
    ]
    _classify_rows(found, sheet)
    _fill_merged(found, columns)
    return found


def _signature(header: Header) -> str:
    """The same for two sheets whose headers say the same in the same order."""
    labels = [
        [match.label.index, fold(match.label.group), fold(match.label.text)] for match in header.matches
    ]
    return hashlib.sha256(json.dumps(labels, ensure_ascii=False).encode()).hexdigest()


def _apply_mapping(found: Understanding, mapping: Mapping[str, str], columns: Mapping[str, Column]) -> None:
    if not mapping:
        return
    said = {index: text.partition(":") for index, text in mapping.items()}
    units = {index: unit for index, (_, _, unit) in said.items()}
    chosen = {index: name for index, (name, _, _) in said.items() if name in columns or name == ""}
    for match in found.matches:
        key = str(match.label.index)
        if key in chosen:
            match.field, match.how = chosen[key], "chosen" if chosen[key] else ""
            match.label.unit = units[key] or match.label.unit
        elif match.field in chosen.values():
            match.field, match.how = "", ""


def _classify_rows(found: Understanding, sheet: type[LedgerSheet]) -> None:
    """Sort the rows below the header into records and others, and carry village names down."""
    grid, by_field, columns = found.grid, found.by_field, sheet.columns()
    unit_column = sheet.unit_column()
    unit_at = (
        by_field[unit_column.name].label.index
        if unit_column is not None and unit_column.name in by_field
        else None
    )
    kinds = RowKinds(
        header_end=found.header_rows[-1],
        labels=_header_texts(found),
        mapped=[match.label.index for match in found.matches if match.field],
        unit_at=unit_at,
        keys=[by_field[name].label.index for name in sheet.natural_key() if name in by_field],
        texts=[match.label.index for name, match in by_field.items() if columns[name].widget.spreads],
        wide={top for (top, left), (bottom, right) in grid.merged if bottom == top and right - left >= 2},
    )
    sorter = _RowSorter(found, kinds, unit_at)
    for start in range(found.header_rows[-1] + 1, len(grid.rows), PLAIN_PIECE):
        sorter.sort(range(start, min(start + PLAIN_PIECE, len(grid.rows))))


class _RowSorter:
    """Goes through the rows below the header from the top."""

    def __init__(self, found: Understanding, kinds: RowKinds, unit_at: int | None) -> None:
        self.found = found
        self.rows = found.grid.rows
        self.kinds = kinds
        self.unit_at = unit_at
        self.covered = _covered_from_above(found.grid, unit_at) if unit_at is not None else {}
        self.words = kinds.texts if unit_at is None else kinds.texts | {unit_at}
        self.looked_at = kinds.looked_at | self.words
        #: What the village column says so far, and the heading above.
        self.unit: Any = None
        self.heading = ""

    def sort(self, piece: range) -> None:
        columns = columns_of(self.rows[piece.start : piece.stop], self.looked_at)
        if self.covered or not self.kinds.are_plain(columns, piece.start) or not self._says_all(columns):
            for number in piece:
                self._sort_row(number)
            return
        if self.unit_at is not None:
            self.unit = columns[self.unit_at][-1]
        if self.heading:
            self.found.heading_units.update(dict.fromkeys(piece, self.heading))
        self.found.rows += piece

    def _says_all(self, columns: Mapping[int, Sequence[Any]]) -> bool:
        """Whether nothing in the rows is to be filled in from above."""
        if not all(DITTO.isdisjoint(columns[index]) for index in self.words):
            return False
        return self.unit_at is None or not any(map(_is_blank_cell, set(columns[self.unit_at])))

    def _sort_row(self, number: int) -> None:
        found, row = self.found, self.rows[number]
        if is_blank_row(row):
            return
        if self.unit_at is not None and number in self.covered:
            self.rows[number] = row = _with(row, self.unit_at, self.covered[number])
        kind = self.kinds.of(row, number)
        if kind is not None:
            found.skipped.append((number, kind.why))
            read_footer(found.stated, row)
            if kind.closes_group:
                # What follows a subtotal or a heading names its own village; it is not in the one above.
                self.unit, self.heading = None, kind.heading
            return
        if found.rows and not DITTO.isdisjoint(row):
            _fill_ditto(found.grid, found.rows[-1], number, self.words)
            row = self.rows[number]
        if self.unit_at is not None:
            own = row[self.unit_at] if self.unit_at < len(row) else None
            if not _is_blank_cell(own):
                self.unit = own
            elif self.unit is not None:
                self.rows[number] = _with(row, self.unit_at, self.unit)
        if self.heading:
            found.heading_units[number] = self.heading
        found.rows.append(number)


def _is_blank_cell(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, str) and not value.strip())


def _fill_ditto(grid: Grid, above: int, number: int, columns: Iterable[int]) -> None:
    """Put the words of the record above in the place of 同上. A figure is never carried down."""
    for index in columns:
        row, before = grid.rows[number], grid.rows[above]
        if index < min(len(row), len(before)) and row[index] in DITTO:
            grid.rows[number] = _with(list(row), index, before[index])


def _header_texts(found: Understanding) -> dict[int, set[str]]:
    texts: dict[int, set[str]] = {}
    for number in found.header_rows:
        for index, value in enumerate(found.grid.rows[number]):
            if isinstance(value, str) and value.strip():
                texts.setdefault(index, set()).add(fold(value))
    return texts


def _with(row: list[Any], index: int, value: Any) -> list[Any]:
    filled = row + [""] * (index + 1 - len(row))
    filled[index] = value
    return filled


def _covered_from_above(grid: Grid, column: int) -> dict[int, Any]:
    """The value of each row's cell in ``column`` that is covered by a merge from above."""
    covered: dict[int, Any] = {}
    for (top, left), (bottom, right) in grid.merged:
        if left == column == right and bottom > top and top < len(grid.rows) and left < len(grid.rows[top]):
            for number in range(top + 1, min(bottom, len(grid.rows) - 1) + 1):
                covered[number] = grid.rows[top][left]
    return covered


def _fill_merged(found: Understanding, columns: Mapping[str, Column]) -> None:
    """A text merged over several rows holds for each of them; a number merged so is nobody's."""
    records = set(found.rows)
    fields = {match.label.index: match.field for match in found.matches if match.field}
    for (top, left), (bottom, right) in found.grid.merged:
        if left not in fields or bottom == top or top >= len(found.grid.rows) or right != left:
            continue
        value = found.grid.rows[top][left] if left < len(found.grid.rows[top]) else ""
        if value is None or value == "":
            continue
        covered = [number for number in range(top, bottom + 1) if number in records]
        for number in covered:
            if columns[fields[left]].widget.spreads:
                found.grid.rows[number] = _with(found.grid.rows[number], left, value)
            elif len(covered) > 1:
                found.merged_numbers.add((number, left))
