"""Old name lists of families with ties abroad: persons and households are counted, and the list is forgotten.

Of each row the village, the category (or the region) and what tells one household from another are read. That may be a
number or the name of its head: it is compared in memory, and neither kept nor told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any

from django.db import models

from ledgers.disclosure import OTHER_LABEL, Row
from ledgers.importing.cells import ChoiceCell
from ledgers.importing.content import Read, ReadRow
from ledgers.importing.sheets import Column, LedgerSheet
from ledgers.returns.sheets import CompositionSheet, loose_field, period_column, village_column
from overseas.models import CATEGORIES, OverseasReturn, RegionComposition
from overseas.regions import REGION_WORDS, REGIONS


class _NameList(LedgerSheet):
    unit = village_column()
    period = period_column()
    household = Column(
        "户号",
        required=True,
        synonyms=("户编号", "家庭编号", "家庭户号", "户口簿号", "户主", "户主姓名", "家庭户主"),
    )

    loose: dict[str, models.Field[Any, Any]] = {
        "household": loose_field(models.CharField("户号", max_length=60), "household")
    }

    class Meta:
        model = OverseasReturn
        natural_key = ("unit", "period")

    @classmethod
    def field(cls, name: str) -> models.Field[Any, Any]:
        return cls.loose[name] if name in cls.loose else super().field(name)


class OverseasNameList(_NameList):
    category = Column(
        "类别",
        required=True,
        synonyms=("人员类别", "身份类别", "涉侨类别", "侨台类别", "对象类别"),
        widget=ChoiceCell(
            {
                "归国华侨": "returned",
                "侨属": "relatives",
                "台胞": "taiwan",
                "台属": "taiwan",
                "台胞、台属": "taiwan",
                "港澳属": "hongkong_macao",
                "港澳同胞眷属": "hongkong_macao",
                "港澳同胞": "hongkong_macao",
                "留学归国人员": "students",
                "归国留学生": "students",
                "留学人员": "students",
            }
        ),
    )

    loose = {
        **_NameList.loose,
        "category": loose_field(
            models.CharField("类别", max_length=20, choices=list(CATEGORIES.items())), "category"
        ),
    }


class RegionNameList(_NameList):
    group = Column(
        "地区",
        required=True,
        synonyms=("居住地", "旅居地", "国家或地区", "国家（地区）", "国别", "居住国家或地区", "旅居国家"),
        widget=ChoiceCell(REGION_WORDS),
    )

    loose = {
        **_NameList.loose,
        "group": loose_field(models.CharField("地区", max_length=5, choices=list(REGIONS.items())), "group"),
    }


class _Tally:
    """Persons, and the households they are of, under some heading."""

    def __init__(self) -> None:
        self.persons = 0
        self._households: set[Hashable] = set()

    def add(self, row: ReadRow) -> None:
        self.persons += 1
        # The same number or name in two villages is two households.
        self._households.add((row.values["unit"].pk, row.values["household"]))

    @property
    def households(self) -> int:
        return len(self._households)


def _tallies(rows: Iterable[ReadRow], *names: str) -> dict[tuple[Any, ...], _Tally]:
    found: dict[tuple[Any, ...], _Tally] = defaultdict(_Tally)
    for row in rows:
        found[tuple(row.values[name] for name in names)].add(row)
    return found


def count_villages(read: Read, rows: list[ReadRow]) -> None:
    """One row for each village and quarter: households and persons of each category."""
    first: dict[tuple[Any, str], ReadRow] = {}
    for row in rows:
        first.setdefault((row.values["unit"], row.values["period"]), row)
    tallies = _tallies(rows, "unit", "period", "category")
    read.counted = read.counted or {}
    for (unit, period), source in first.items():
        numbers: dict[str, int] = {}
        for category in CATEGORIES:
            tally = tallies.get((unit, period, category))
            numbers[f"{category}_households"] = tally.households if tally else 0
            numbers[f"{category}_persons"] = tally.persons if tally else 0
        read.counted[unit.name] = numbers
        read.rows.append(ReadRow(source.sheet, source.row, {"unit": unit, "period": period, **numbers}))


def count_regions(read: Read, rows: list[ReadRow], sheet: type[CompositionSheet]) -> None:
    """One table for the township and quarter: households and persons of each region, small regions merged."""
    first: dict[str, ReadRow] = {}
    for row in rows:
        first.setdefault(row.values["period"], row)
    tallies = _tallies(rows, "period", "group")
    for period, source in first.items():
        found = {code: tally for (quarter, code), tally in tallies.items() if quarter == period}
        table: dict[str, Row] = {
            code: RegionComposition.row((tally.households, tally.persons)) for code, tally in found.items()
        }
        # A household with relatives in two regions is one of each, as in the tables that offices fill in.
        totals = tuple(sum(getattr(t, name) for t in found.values()) for name in RegionComposition.columns)
        values = sheet.table_values(read.reach, period, table, totals)
        # What is told is what is kept: small regions are merged already.
        told = RegionComposition(lines=values["lines"], group_count=values["group_count"], period=period)
        read.counted = {
            line.label or OTHER_LABEL: {
                name: value
                for name, value in zip(RegionComposition.columns, line.columns, strict=True)
                if value is not None
            }
            for line in told.shown()
        }
        read.rows.append(ReadRow(source.sheet, source.row, values))
