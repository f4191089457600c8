"""A township's people by group, once a quarter: one record, one table, protected before it is stored.

The table stands in one field of the record, so that it is saved, versioned, restored and exported as a whole, and the
field itself refuses a table that would show a small group: there is no way around it, bulk writes included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.core.exceptions import ValidationError
from django.db import models

from ledgers.disclosure import OTHER, OTHER_LABEL, THRESHOLD, Row, Table, protect
from ledgers.guards import NO_NAMES_HELP, no_personal_numbers
from ledgers.models.units import OrgUnit
from ledgers.periods import Period
from ledgers.returns.models import Quarterly

TOTALS_ONLY: Final = "人数较少，分组数字不能公开，本表只保存合计和个数。"


class UnprotectedTable(ValueError):
    """A table that is not one of this ledger, or shows a group of fewer than five people."""


class LinesField(models.JSONField):
    """``{group code: [persons] or [persons, part, …]}``, nothing else.

    Subclasses name the groups by code. A value that holds anything but known codes and numbers of five or more people
    never reaches the database: this field cannot become a place for names.
    """

    labels: ClassVar[Mapping[str, str]] = {}
    parts: ClassVar[int] = 2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", dict)
        kwargs["editable"] = False
        kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        self.check_lines(value)
        return super().get_db_prep_save(value, connection)

    def display(self, value: Any) -> str:
        """The table in one line, for the history."""
        return "、".join(
            f"{self.labels.get(code, OTHER_LABEL)}{numbers[0]}人" for code, numbers in value.items()
        )

    def check_lines(self, value: Any) -> None:
        """Raises UnprotectedTable."""
        if not isinstance(value, Mapping):
            raise UnprotectedTable("A composition is a mapping of group codes.")
        for code, numbers in value.items():
            if code != OTHER and code not in self.labels:
                raise UnprotectedTable("Unknown group code.")
            if not isinstance(numbers, list | tuple) or len(numbers) not in (1, 1 + self.parts):
                raise UnprotectedTable("A line is [persons] or [persons, parts].")
            if any(type(number) is not int or number < 0 for number in numbers):
                raise UnprotectedTable("A line holds whole numbers.")
            if numbers[0] < THRESHOLD or any(0 < part < THRESHOLD for part in numbers[1:]):
                raise UnprotectedTable("A group of fewer than five people must not be stored.")


@dataclass(frozen=True)
class Line:
    """A line as it is shown: ``columns`` are None where they are hidden."""

    code: str
    label: str
    columns: tuple[int | None, ...]
    persons: int


class Composition(Quarterly):
    """Base of 民族构成 and 地区构成. ``columns`` are the two figures entered for each group.

    Subclasses add the columns' totals as fields of the same names, and ``lines``.
    """

    level = OrgUnit.Level.TOWNSHIP
    categories: ClassVar[Mapping[str, str]]
    columns: ClassVar[tuple[str, str]]
    #: What one group is called: 民族, 地区.
    noun: ClassVar[str]
    #: The smallest part a group that is there can have (see ``disclosure.Table``).
    least: ClassVar[int] = 0

    group_count = models.PositiveSmallIntegerField("个数", default=0, editable=False)
    remark = models.CharField(
        "数据来源",
        max_length=300,
        blank=True,
        validators=[no_personal_numbers],
        help_text=f"如“村级季报汇总”。{NO_NAMES_HELP}",
    )
    lines: Any

    class Meta(Quarterly.Meta):
        abstract = True

    @classmethod
    def persons_of(cls, numbers: tuple[int, ...]) -> int:
        """People of a group, from the two numbers entered for it."""
        raise NotImplementedError

    @classmethod
    def parts_of(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """What of the two numbers is hidden when it is small, beside the people."""
        raise NotImplementedError

    @classmethod
    def columns_of(cls, row: Row) -> tuple[int | None, ...]:
        """The two columns of a stored row, None where hidden: the reverse of the two above."""
        raise NotImplementedError

    def rows(self) -> dict[str, Row]:
        """The stored table."""
        named = sum(code != OTHER for code in self.lines)
        return {
            code: Row(
                numbers[0],
                tuple(numbers[1:]) or None,
                max(self.group_count - named, 1) if code == OTHER else 1,
            )
            for code, numbers in self.lines.items()
        }

    def totals(self) -> tuple[int, ...]:
        return tuple(getattr(self, name) for name in self.columns)

    def fill(self, rows: Mapping[str, Row], totals: tuple[int, ...]) -> None:
        """Take a table as counted, with its two column totals; what is kept is the protected table."""
        present = {code: row for code, row in rows.items() if row.persons > 0}
        for name, value in zip(self.columns, totals, strict=True):
            setattr(self, name, value)
        self.group_count = sum(row.groups for row in present.values())
        safe = protect(Table(present, self.parts_of(totals), self.least))
        order = list(self.categories)
        named = sorted((code for code in safe.rows if code != OTHER), key=order.index)
        self.lines = {
            code: [safe.rows[code].persons, *(safe.rows[code].parts or ())]
            for code in [*named, *(code for code in safe.rows if code == OTHER)]
        }

    @classmethod
    def row(cls, numbers: tuple[int, ...], groups: int = 1) -> Row:
        """One group as entered."""
        return Row(cls.persons_of(numbers), cls.parts_of(numbers), groups)

    def shown(self) -> list[Line]:
        """The lines for pages and exports: largest first, 其他 last."""
        lines = [
            Line(
                code,
                self.categories.get(code, OTHER_LABEL),
                self.columns_of(row),
                row.persons,
            )
            for code, row in self.rows().items()
        ]
        return sorted(lines, key=lambda line: (line.code == OTHER, -line.persons, line.code))

    @property
    def other_groups(self) -> int:
        """How many groups 其他 stands for, or all of them where only totals are kept."""
        return self.group_count - sum(code != OTHER for code in self.lines)

    @property
    def is_merged(self) -> bool:
        """Whether the table as entered cannot be read back from what is kept."""
        return self.other_groups > 0 or any(len(numbers) == 1 for numbers in self.lines.values())

    def problems(self) -> Iterator[str]:
        """What is wrong with the totals against other ledgers; each one Chinese sentence. Asks the database."""
        yield from ()

    def clean(self) -> None:
        super().clean()
        field: Any = self._meta.get_field("lines")
        try:
            field.check_lines(self.lines)
        except UnprotectedTable:
            raise ValidationError("构成数字有误，请重新填写整张表。") from None

    @classmethod
    def table_of(cls, unit: OrgUnit, period: Period) -> Composition | None:
        """What is in force for ``unit`` itself; never added up over townships, whose small groups nobody knows."""
        found: Composition | None = cls._default_manager.filter(cls.in_force(period), unit=unit).first()
        return found
