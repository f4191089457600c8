"""Turning the cells of a sheet into values, column by column: equal cells of a column are looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ledgers.importing.cells import DateCell, Reading
from ledgers.importing.content import PIECE, Block, Read, WrongCell
from ledgers.importing.dates import keeps_zeros
from ledgers.importing.defaults import sheet_unit, sheet_values
from ledgers.importing.grid import ErrorCell, Workbook, columns_of
from ledgers.importing.layout import Understanding
from ledgers.importing.normalise import address
from ledgers.importing.problems import CellProblem
from ledgers.importing.sheets import Column, LedgerSheet
from ledgers.models import OrgUnit
from ledgers.periods import Period

MERGED_NUMBER: Final = "数字单元格合并了几行，看不出每行是多少，请取消合并后分别填写。"
#: Different cells of one column whose values are kept at hand.
REMEMBERED: Final = 10_000


class _Refused:
    """Stands for the value of a cell that has none."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


class _ColumnReader:
    """Reads the cells of one column."""

    def __init__(self, index: int, column: Column, reading: Reading) -> None:
        self.index = index
        self.name = column.name
        self.column = column
        self.reading = reading
        #: The cells read before with their values; 1, 1.0 and True are different cells that look the same.
        self._known: dict[frozenset[type], dict[Any, Any]] = {}
        self.refuses = False

    def read(self, cells: Sequence[Any]) -> list[Any]:
        """The values, None for a blank, an object of its own for a cell that cannot be read."""
        kinds = frozenset(map(type, cells)) - {str, type(None)}
        plainly = len(kinds) < 2 and ErrorCell not in kinds
        keys = cells if plainly else [cell if type(cell) is str else (type(cell), cell) for cell in cells]
        known = self._known.get(kinds, {})
        if not known or len(known) > REMEMBERED:
            known = self._known[kinds] = {"": None, None: None}
        fresh = list(set(keys).difference(known))
        if fresh and not kinds and self.column.widget.are_values(fresh):
            known.update(zip(fresh, fresh, strict=True))
        else:
            for key in fresh:
                known[key] = self._value(key[1] if type(key) is tuple else key)
        return list(map(known.__getitem__, keys))

    def _value(self, cell: Any) -> Any:
        if cell == "" or cell is None:
            return None
        try:
            return self.column.widget.read(cell, self.reading)
        except CellProblem as problem:
            self.refuses = True
            return _Refused(str(problem))


class SheetReader:
    """Turns the record rows of one sheet into blocks of values."""

    def __init__(
        self,
        found: Understanding,
        result: Read,
        period: Period | None,
        workbook: Workbook,
        sheet: type[LedgerSheet],
    ) -> None:
        self.found = found
        self.result = result
        self.labels = found.labels()
        columns = sheet.columns()
        self.columns: list[_ColumnReader] = []
        for name, match in found.by_field.items():
            column = columns[name]
            written = match.label.unit
            if not written and getattr(column.widget, "unit", "").endswith("元"):
                written = found.stated.money_unit
            index = match.label.index
            reading = Reading(
                written,
                workbook.date1904,
                result.lookups,
                found.stated.year,
                # In text, 2023.1 may be what became of 2023.10, unless the column shows otherwise.
                maybe_october=workbook.kind == "csv"
                and isinstance(column.widget, DateCell)
                and not keeps_zeros(found.cells(index)),
            )
            self.columns.append(_ColumnReader(index, column, reading))
        key = sheet.natural_key()
        self.required = [
            (name, column.label) for name, column in columns.items() if column.required or name in key
        ]
        self.places = {name: match.label.index for name, match in found.by_field.items()}
        self.unit = sheet.unit_column()
        self.default_unit = sheet_unit(found, result.lookups)
        self.period = sheet_values(found, sheet, period, result.fallback, self.places)

    def blocks(self) -> Iterable[tuple[int, Block]]:
        """Pieces of the sheet, each as the number of its record rows and what of them can be taken.

        What is wrong with the others is in the errors of the result.
        """
        numbers = self.found.rows
        for start in range(0, len(numbers), PIECE):
            piece = numbers[start : start + PIECE]
            yield len(piece), self._block(piece)

    def _block(self, numbers: list[int]) -> Block:
        rows = self.found.grid.rows
        by_index = columns_of([rows[number] for number in numbers], [reader.index for reader in self.columns])
        refused: list[tuple[int, WrongCell]] = []
        values: dict[str, list[Any]] = {
            name: [value] * len(numbers) for name, value in self.period.items() if value is not None
        }
        wrong: dict[str, set[int]] = {}
        for reader in self.columns:
            index = reader.index
            cells = by_index[index]
            column = reader.read(cells)
            self._refuse_merged(reader, numbers, cells, column)
            if reader.refuses:
                for at, value in enumerate(column):
                    if type(value) is _Refused:
                        wrong.setdefault(reader.name, set()).add(at)
                        refused.append((at, self._wrong(numbers[at], index, value.problem, cells[at])))
                        column[at] = None
            if reader.name in values:
                pairs = zip(column, values[reader.name], strict=True)
                column = [before if value is None else value for value, before in pairs]
            values[reader.name] = column
        if self.unit is not None:
            self._fill_units(self.unit.name, numbers, values, wrong, refused)
        for name, label in self.required:
            missing = _blanks(values.get(name), len(numbers))
            for at in missing if name not in wrong else [at for at in missing if at not in wrong[name]]:
                wrong.setdefault(name, set()).add(at)
                place = self.places.get(name, 0)
                refused.append((at, self._wrong(numbers[at], place, f"缺少{label}，请补填。", "")))
        # All that is wrong with a row stands together, as whoever corrects it goes through the sheet.
        refused.sort(key=lambda pair: pair[0])
        self.result.errors += [error for _, error in refused]
        without = {at for at, _ in refused}
        filled = {
            name: column for name, column in values.items() if any(value is not None for value in column)
        }
        block = Block(self.found, numbers, filled)
        return block.only([at for at in range(len(numbers)) if at not in without]) if without else block

    def _refuse_merged(
        self, reader: _ColumnReader, numbers: list[int], cells: Sequence[Any], column: list[Any]
    ) -> None:
        if not self.found.merged_numbers:
            return
        for at, number in enumerate(numbers):
            if (number, reader.index) in self.found.merged_numbers and cells[at] not in ("", None):
                reader.refuses = True
                column[at] = _Refused(MERGED_NUMBER)

    def _fill_units(
        self,
        name: str,
        numbers: list[int],
        values: dict[str, list[Any]],
        wrong: dict[str, set[int]],
        refused: list[tuple[int, WrongCell]],
    ) -> None:
        """Give a unit to the rows whose own cells name none: that of the heading above them, or the sheet's."""
        column = values.setdefault(name, [None] * len(numbers))
        for at in _blanks(column, len(numbers)):
            if at in wrong.get(name, ()):
                continue
            unit = self._unit_of(numbers[at])
            if isinstance(unit, str):
                wrong.setdefault(name, set()).add(at)
                refused.append((at, self._wrong(numbers[at], self.places.get(name, 0), unit, "")))
            else:
                column[at] = unit

    def _unit_of(self, row: int) -> OrgUnit | str:
        heading = self.found.heading_units.get(row)
        return (self.result.lookups.named_in(heading) if heading else None) or self.default_unit

    def _wrong(self, row: int, index: int, problem: str, value: Any) -> WrongCell:
        label = self.labels.get(index, "")
        return WrongCell(self.found.name, row, address(row, index), label, problem, str(value)[:60])


def _blanks(column: list[Any] | None, count: int) -> Sequence[int]:
    """Where a column has no value; everywhere if there is no such column."""
    if column is None:
        return range(count)
    return [at for at, value in enumerate(column) if value is None]
