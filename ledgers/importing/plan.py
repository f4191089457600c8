"""What an import would do, worked out without doing it: new, changed, unchanged and wrong rows.

Two steps. ``read_rows`` turns cells into values and finds everything that is wrong in the file itself; it needs no
records. ``match`` compares the rows with the records by natural key, in a handful of queries whatever the size, and
gives the plan. Applying runs ``match`` again under lock and compares the plans' hashes: what is applied is what was
shown.

A blank cell never empties a field: it leaves a record as it is. Offices hand over workbooks with columns they have
not filled in; clearing a value is done on the record's own page.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models

from ledgers.importing.cells import Reading
from ledgers.importing.constraints import broken
from ledgers.importing.grid import Workbook
from ledgers.importing.layout import Mappings, Understanding, understand
from ledgers.importing.lookups import Lookups
from ledgers.importing.matching import Key, Matcher, stored
from ledgers.importing.normalise import address
from ledgers.importing.problems import CellProblem, SheetRejected
from ledgers.importing.sheets import Column, LedgerSheet
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period
from ledgers.registry import Ledger

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that cannot be taken. ``value`` is for the screen of whoever handed the file over, never for a log."""

    sheet: str
    row: int
    cell: str
    column: str
    problem: str
    value: str = ""

    def as_json(self) -> dict[str, str]:
        return {"sheet": self.sheet, "cell": self.cell, "column": self.column, "problem": self.problem}


@dataclass(slots=True)
class ReadRow:
    """One record row of the file. ``values`` holds what the file says; blank cells are absent."""

    sheet: Understanding
    row: int
    values: dict[str, Any]
    key: Key | None = None


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
class Read:
    """The file as far as it can be understood without looking at the records."""

    ledger: Ledger
    reach: OrgUnit
    lookups: Lookups
    sheets: list[Understanding]
    left_out: list[tuple[Understanding, str]]
    rows: list[ReadRow]
    errors: list[WrongCell]

    @property
    def sheet(self) -> type[LedgerSheet]:
        assert self.ledger.sheet is not None  # noqa: S101  # read_rows has refused a ledger without a sheet
        return self.ledger.sheet


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


def read_rows(
    workbook: Workbook,
    ledger: Ledger,
    *,
    reach: OrgUnit,
    period: Period | None = None,
    only_sheet: str = "",
    mappings: Mappings | None = None,
    progress: Progress | None = None,
) -> Read:
    """Read every sheet that can be understood. ``reach`` is the unit whose subtree the rows may belong to.

    Raises: SheetRejected when the ledger takes no workbooks or a needed period is missing.
    """
    sheet = ledger.sheet
    if sheet is None:
        raise SheetRejected(f"“{ledger.label}”不能从表格导入，请在页面上填写。")
    lookups = Lookups(reach)
    result = Read(ledger, reach, lookups, [], [], [], [])
    for grid in workbook.sheets:
        if only_sheet and grid.name != only_sheet and workbook.kind != "csv":
            continue
        found = understand(grid, sheet, mappings)
        if grid.hidden and not only_sheet:
            result.left_out.append((found, "工作表是隐藏的"))
        elif not found.is_understood:
            missing = "、".join(found.missing)
            result.left_out.append((found, f"没有找到这些列：{missing}" if missing else "没有找到表头"))
        elif not found.rows:
            result.left_out.append((found, "表头下面没有数据"))
        else:
            result.sheets.append(found)
    total, done = sum(len(found.rows) for found in result.sheets), 0
    for found in result.sheets:
        reader = _SheetReader(found, result, period, workbook.date1904)
        for row in found.rows:
            reader.read(row)
            done += 1
            if progress is not None and done % 500 == 0:
                progress(done, total, "正在核对每一个单元格")
    return result


class _SheetReader:
    """Turns the record rows of one sheet into values."""

    def __init__(self, found: Understanding, result: Read, period: Period | None, date1904: bool) -> None:
        self.found = found
        self.result = result
        self.labels = found.labels()
        columns = result.sheet.columns()
        self.columns: list[tuple[int, Column, Reading]] = []
        for name, match in found.by_field.items():
            column = columns[name]
            written = match.label.unit
            if not written and getattr(column.widget, "unit", "").endswith("元"):
                written = found.money_unit
            self.columns.append((match.label.index, column, Reading(written, date1904, result.lookups)))
        self.required = [
            name for name, column in columns.items() if column.required or name in result.sheet.natural_key()
        ]
        self.places = {name: match.label.index for name, match in found.by_field.items()}
        self.unit = result.sheet.unit_column()
        self.default_unit = self._default_unit()
        period_column = result.sheet.period_column()
        self.period: dict[str, Any] = {}
        if period_column is not None and period_column.name not in self.places:
            if period is None:
                raise SheetRejected("表里没有期间，请指明这张表是哪个期间的。")
            self.period = {period_column.name: period_column.widget.read(str(period), Reading())}

    def _default_unit(self) -> OrgUnit:
        """The unit of rows that name none: the sheet's name, then its 填报单位 line, then the import's own unit."""
        lookups = self.result.lookups
        return (
            lookups.unit_or_none(self.found.name)
            or (lookups.unit_or_none(self.found.unit_name) if self.found.unit_name else None)
            or self.result.reach
        )

    def read(self, row: int) -> None:
        cells = self.found.grid.rows[row]
        width = len(cells)
        values: dict[str, Any] = dict(self.period)
        good = True
        for index, column, reading in self.columns:
            cell = cells[index] if index < width else None
            if cell is None or cell == "":
                continue
            try:
                if (row, index) in self.found.merged_numbers:
                    raise CellProblem("数字单元格合并了几行，看不出每行是多少，请取消合并后分别填写。")
                value = column.widget.read(cell, reading)
            except CellProblem as problem:
                good = False
                self.wrong(row, index, str(problem), cell)
            else:
                if value is not None:
                    values[column.name] = value
        if self.unit is not None and self.unit.name not in values and good:
            heading = self.found.heading_units.get(row)
            named = self.result.lookups.unit_or_none(heading) if heading else None
            values[self.unit.name] = named or self.default_unit
        for name in self.required:
            if name not in values and not self._said_wrong(row, name):
                good = False
                label = (
                    self.result.sheet.columns()[name].label if name in self.result.sheet.columns() else name
                )
                self.wrong(row, self.places.get(name, 0), f"缺少{label}，请补填。", "")
        if good:
            self.result.rows.append(ReadRow(self.found, row, values))

    def _said_wrong(self, row: int, name: str) -> bool:
        """Whether the cell was refused already: it is not missing as well."""
        if name not in self.places:
            return False
        errors = self.result.errors
        cell = address(row, self.places[name])
        position = len(errors) - 1
        while position >= 0 and errors[position].row == row and errors[position].sheet == self.found.name:
            if errors[position].cell == cell:
                return True
            position -= 1
        return False

    def wrong(self, row: int, index: int, problem: str, value: Any) -> None:
        self.result.errors.append(
            WrongCell(
                self.found.name,
                row,
                address(row, index),
                self.labels.get(index, ""),
                problem,
                str(value)[:60],
            )
        )


def match(read: Read, *, lock: bool = False) -> Plan:
    """Compare the rows with the records. ``lock`` holds the records found until the transaction ends."""
    matcher = Matcher(read.ledger, read.sheet, read.lookups)
    errors = list(read.errors)
    creates: list[PlannedRow] = []
    updates: list[PlannedRow] = []
    unchanged = 0
    seen: dict[Key, ReadRow] = {}
    lines: list[Any] = []

    def wrong(row: ReadRow, name: str, problem: str) -> None:
        by_field = row.sheet.by_field
        index = by_field[name].label.index if name in by_field else row.sheet.matches[0].label.index
        cells = row.sheet.grid.rows[row.row]
        value = str(cells[index])[:60] if index < len(cells) else ""
        label = row.sheet.labels().get(index, "") if name in by_field else ""
        errors.append(WrongCell(row.sheet.name, row.row, address(row.row, index), label, problem, value))

    single: list[ReadRow] = []
    for row in read.rows:
        row.key = matcher.key(row.values)
        first = seen.setdefault(row.key, row)
        if first is row:
            single.append(row)
        else:
            place = (
                f"第{first.row + 1}行"
                if first.sheet is row.sheet
                else f"工作表“{first.sheet.name}”第{first.row + 1}行"
            )
            wrong(
                row,
                matcher.key_fields[0],
                f"与{place}是同一条记录（{matcher.key_label}相同），请只保留一行。",
            )
    existing = matcher.existing(single, lock=lock)
    for row in single:
        found = existing.get(row.key, []) if row.key is not None else []
        problem = matcher.cannot_touch(found)
        if problem:
            wrong(row, matcher.key_fields[0], problem)
            continue
        planned = _plan_row(row, found[0] if found else None, matcher)
        if found and not planned.changes:
            unchanged += 1
            lines.append([row.sheet.name, row.row, "=", found[0].pk])
            continue
        problems = [*read.sheet.check(planned.instance), *(("", text) for text in broken(planned.instance))]
        if not read.lookups.allows(planned.instance.unit_id):
            problems.append(("", "这条记录属于填报范围以外的单位，不能由您导入。"))
        for name, text in problems:
            wrong(row, name, text)
        if not problems:
            (updates if found else creates).append(planned)
    refused: set[int] = set()
    for planned, name, text in matcher.taken(creates + updates):
        wrong(planned.source, name, text)
        refused.add(id(planned))
    if refused:
        creates = [planned for planned in creates if id(planned) not in refused]
        updates = [planned for planned in updates if id(planned) not in refused]
    for kind, rows in (("+", creates), ("~", updates)):
        lines += [_line(kind, planned) for planned in rows]
    lines += [[error.sheet, error.row, "!", error.cell, error.problem] for error in errors]
    errors.sort(key=lambda error: (_position(read, error.sheet), error.row))
    digest = hashlib.sha256(
        "\n".join(
            json.dumps(line, ensure_ascii=False, default=str, sort_keys=True) for line in lines
        ).encode()
    ).hexdigest()
    return Plan(read, creates, updates, unchanged, errors, digest)


def _position(read: Read, name: str) -> int:
    return next((number for number, sheet in enumerate(read.sheets) if sheet.name == name), 0)


def _plan_row(row: ReadRow, found: Record | None, matcher: Matcher) -> PlannedRow:
    if found is None:
        return PlannedRow(row, matcher.model(**row.values))
    instance = copy.copy(found)
    # The copy must not share what Django caches about related objects.
    instance._state = copy.copy(found._state)
    instance._state.fields_cache = dict(found._state.fields_cache)
    changes = []
    for name, value in row.values.items():
        model_field = matcher.fields[name]
        old, new = getattr(found, model_field.attname), stored(model_field, value)
        if old == new or matcher.is_same_key(name, old, new):
            continue
        place = row.sheet.by_field.get(name)
        cell = address(row.row, place.label.index) if place else ""
        changes.append(Change(name, matcher.label(name), cell, old, new))
        setattr(instance, name, value)
    return PlannedRow(row, instance, changes)


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
