"""The Excel side of quarterly tables: villages in rows, and the name lists that are counted and forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from ledgers.disclosure import OTHER, OTHER_LABEL, Row
from ledgers.importing.cells import Cell, ChoiceCell, PeriodCell, WholeCell
from ledgers.importing.content import Read, ReadRow, WrongCell
from ledgers.importing.normalise import address
from ledgers.importing.sheets import Column, LedgerSheet, UnitColumn
from ledgers.models import OrgUnit, Record
from ledgers.returns.composition import Composition, Line
from ledgers.returns.models import Return

LOCKED = "这张报表已审核锁定，没有改动；确需更正的，请先在页面上重新打开。"


class QuarterCell(PeriodCell):
    """A quarter; anything else is refused by the model field's validator."""


def period_column() -> Column:
    return Column("季度", synonyms=("期间", "报告期", "填报季度", "所属季度"), widget=QuarterCell())


def village_column() -> UnitColumn:
    return UnitColumn("村（社区）")


class ReturnSheet(LedgerSheet):
    """A table of villages. Handing it in is submitting: what an officer imports counts, and waits for acceptance."""

    @classmethod
    def beside(cls, found: Record | None) -> dict[str, Any]:
        if isinstance(found, Return) and not found.is_draft:
            return {}
        first = found.submitted_on if isinstance(found, Return) else None
        return {"state": Return.State.SUBMITTED, "submitted_on": first or timezone.localdate()}

    @classmethod
    def prepare(cls, read: Read) -> None:
        """Leave out the row of the township's own name that only sums up its villages."""
        level = cls.model().level  # type: ignore[attr-defined]
        for row in [row for row in read.rows if row.values["unit"].level != level]:
            others = [
                other.values
                for other in read.rows
                if other.sheet is row.sheet and other.values["unit"].level == level
            ]
            numbers = {name: value for name, value in row.values.items() if isinstance(value, int)}
            if others and all(
                value == sum(other.get(name, 0) for other in others) for name, value in numbers.items()
            ):
                read.rows.remove(row)
                row.sheet.rows.remove(row.row)
                row.sheet.skipped.append((row.row, "合计"))

    @classmethod
    def refuse(cls, record: Record) -> str:
        return LOCKED if isinstance(record, Return) and record.is_locked else ""

    @classmethod
    def notices(cls, records: Sequence[Any]) -> Iterator[tuple[str, str]]:
        """What the township will ask about (see the soft rules), unless the table explains it."""
        for record in records:
            if not record.explanation.strip():
                for finding in record.remarkable():
                    yield str(record), finding.message


def loose_field(field: models.Field[Any, Any], name: str) -> models.Field[Any, Any]:
    """A field of no model, for the limits and choices of a column."""
    field.set_attributes_from_name(name)
    return field


class CompositionSheet(LedgerSheet):
    """A row for each group. The rows of a township and quarter are one table, merged before anything is planned."""

    rows_stand_alone = False
    #: The columns of the sheet that are no fields of the record.
    loose: ClassVar[dict[str, models.Field[Any, Any]]]

    @classmethod
    def field(cls, name: str) -> models.Field[Any, Any]:
        if name in cls.loose:
            return cls.loose[name]
        found = super().field(name)
        if not isinstance(found, models.Field):
            raise FieldDoesNotExist
        return found

    @classmethod
    def record_model(cls) -> type[Composition]:
        found: type[Composition] = cls._meta.model
        return found

    @classmethod
    def prepare(cls, read: Read) -> None:
        tables: dict[tuple[int, str], list[ReadRow]] = defaultdict(list)
        for row in read.rows:
            if "lines" in row.values:  # counted from a name list
                continue
            tables[row.values["unit"].pk, row.values["period"]].append(row)
        read.rows[:] = [row for row in read.rows if "lines" in row.values]
        for rows in tables.values():
            values = cls._values(read, rows)
            if values is not None:
                read.rows.append(ReadRow(rows[0].sheet, rows[0].row, values))

    @classmethod
    def _values(cls, read: Read, rows: list[ReadRow]) -> dict[str, Any] | None:
        """The values of the record that the rows make; None, with the errors noted, when they make none."""
        model = cls.record_model()
        if rows[0].values["unit"].level != model.level:
            # Said before anything is added up: a table of a village must not even be previewed.
            cls.wrong(read, rows[0], model.level_message())
            return None
        table: dict[str, Row] = {}
        wrong = False
        for row in rows:
            problem = cls._add(table, row)
            if problem:
                wrong = True
                cls.wrong(read, row, problem)
        if wrong:
            return None
        first = rows[0].values
        totals = cls._totals(table, model, first["unit"], first["period"])
        if totals is None:
            cls.wrong(read, rows[0], "有的行只有合计、没有分列的数字，请按原始统计表填写各列后再导入。")
            return None
        return cls.table_values(first["unit"], first["period"], table, totals) | {
            name: row.values[name] for row in rows for name in ("remark",) if name in row.values
        }

    @classmethod
    def table_values(
        cls, unit: OrgUnit, period: str, table: dict[str, Row], totals: tuple[int, ...]
    ) -> dict[str, Any]:
        record = cls.record_model()(unit=unit, period=period)
        record.fill(table, totals)
        numbers = dict(zip(record.columns, totals, strict=True))
        return {
            "unit": unit,
            "period": period,
            **numbers,
            "group_count": record.group_count,
            "lines": record.lines,
        }

    @classmethod
    def kept_table(cls, record: Record) -> list[tuple[str, list[tuple[str, int | None]]]]:
        assert isinstance(record, Composition)  # noqa: S101  # the sheet's model
        labels = [cls.columns()[name].label for name in record.columns]

        def persons(line: Line) -> list[tuple[str, int | None]]:
            return [] if "persons" in record.columns else [("合计人数", line.persons)]

        return [
            (line.label, [*zip(labels, line.columns, strict=True), *persons(line)]) for line in record.shown()
        ]

    @classmethod
    def _add(cls, table: dict[str, Row], row: ReadRow) -> str:
        """Put one row of the file into the table; returns what is wrong with it."""
        model, values = cls.record_model(), row.values
        code = values["group"]
        if code in table:
            return f"这个{model.noun}出现了两次，请合并成一行。"
        groups = max(values.get("groups") or 1, 1) if code == OTHER else 1
        numbers = tuple(values.get(column) for column in model.columns)
        if any(number is None for number in numbers) and values.get("total"):
            # A row of our own export whose parts are hidden.
            table[code] = Row(values["total"], None, groups)
            return ""
        entered = model.row(tuple(number or 0 for number in numbers), groups)
        if any(part > entered.persons for part in entered.parts or ()):
            return "人数不能少于户数，请核对。"
        if entered.persons:
            table[code] = entered
        return ""

    @classmethod
    def _totals(
        cls, table: dict[str, Row], model: type[Composition], unit: OrgUnit, period: str
    ) -> tuple[int, ...] | None:
        """The column totals; where parts are hidden, those of the record that the rows were exported from."""
        if all(row.parts is not None for row in table.values()):
            columns = [model.columns_of(row) for row in table.values()]
            return tuple(
                sum(numbers[place] or 0 for numbers in columns) for place in range(len(model.columns))
            )
        stored = model._default_manager.filter(unit=unit, period=period).first()
        if stored is None or sum(row.persons for row in table.values()) != stored.persons_of(stored.totals()):
            return None
        totals: tuple[int, ...] = stored.totals()
        return totals

    @staticmethod
    def wrong(read: Read, row: ReadRow, problem: str) -> None:
        match = row.sheet.by_field.get("group", row.sheet.matches[0])
        label = row.sheet.labels().get(match.label.index, "")
        read.errors.append(
            WrongCell(row.sheet.name, row.row, address(row.row, match.label.index), label, problem)
        )

    @classmethod
    def check(cls, instance: models.Model) -> Iterator[tuple[str, str]]:
        yield from super().check(instance)
        assert isinstance(instance, Composition)  # noqa: S101  # the sheet's model
        # One record for each township: a few queries each are no cost.
        for problem in instance.problems():
            yield "", problem

    def export_rows(self, record: Record) -> Iterator[list[Any]]:
        assert isinstance(record, Composition)  # noqa: S101  # the sheet's model
        columns = self.get_export_fields()
        for line in record.shown():
            cells: dict[str, Any] = {
                "unit": record.unit.name,
                "period": record.period,
                "group": line.label,
                "total": line.persons,
                "groups": record.other_groups if line.code == OTHER else None,
                "remark": record.remark,
                **dict(zip(record.columns, line.columns, strict=True)),
            }
            yield [cells.get(column.name) for column in columns]


def group_cell(categories: dict[str, str], synonyms: dict[str, str]) -> Cell:
    return ChoiceCell({**synonyms, OTHER_LABEL: OTHER})


def group_field(categories: dict[str, str]) -> models.Field[Any, Any]:
    choices = [*categories.items(), (OTHER, OTHER_LABEL)]
    return loose_field(models.CharField("分组", max_length=10, choices=choices), "group")


def count_field(name: str) -> models.Field[Any, Any]:
    return loose_field(models.PositiveIntegerField(), name)


def count_cell(unit: str) -> WholeCell:
    return WholeCell(unit)
