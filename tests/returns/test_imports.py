"""Tables of villages through the importer: handing one in is submitting it, and what is locked stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from ethnicity.models import PopulationReturn
from ledgers.computing import figures
from ledgers.importing.undo import undo_batch
from ledgers.models import ImportBatch
from ledgers.periods import Period
from overseas.models import OverseasReturn
from tests.conftest import Units
from tests.importing.command import run
from tests.returns.factories import ACCEPTED, DRAFT, SUBMITTED, population


def workbook(
    path: Path, rows: list[list[Any]], merged: list[tuple[int, int, int, int, str]] | None = None
) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Sheet")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(number, column, value)
    for top, left, bottom, right, text in merged or []:
        sheet.merge_range(top, left, bottom, right, text)
    book.close()
    return path


def taken(slug: str, path: Path, units: Units, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(slug, path, units, **options))
    return found


def overseas_table(path: Path) -> Path:
    """As offices have it: two header rows, a row of codes, a total."""
    groups = ("归侨", "侨眷", "台胞台属", "港澳眷属", "留学归国")
    rows: list[list[Any]] = [
        ["侨台港澳基本情况统计表"],
        ["填报单位：", "", "", "单位：户、人"],
        ["村名", *["" for _ in range(10)]],
        ["", *["户", "人"] * 5],
        ["甲", *range(1, 11)],
        ["上河村", 30, 91, 27, 82, 30, 91, 27, 82, 1, 4],
        ["下河村", 2, 7, 2, 7, 11, 34, 26, 79, 5, 16],
        ["合计", 32, 98, 29, 89, 41, 125, 53, 161, 6, 20],
    ]
    merged = [(2, 1 + 2 * place, 2, 2 + 2 * place, group) for place, group in enumerate(groups)]
    return workbook(path, rows, [*merged, (2, 0, 3, 0, "村名")])


def value(units: Units, code: str, period: str = "2025Q3") -> Any:
    return figures(units.township, Period.parse(period), [code])[code].value


def test_a_table_of_villages_is_submitted_and_counts(tmp_path: Path, units: Units) -> None:
    path = overseas_table(tmp_path / "a.xlsx")
    assert taken("overseas-returns", path, units)["created"] == 2
    first = OverseasReturn.objects.get(unit=units.village)
    assert [getattr(first, name) for name in OverseasReturn.figures] == [30, 91, 27, 82, 30, 91, 27, 82, 1, 4]
    assert (first.state, first.households, first.persons) == (SUBMITTED, 115, 350)
    assert value(units, "overseas.persons") == 350 + 143
    again = taken("overseas-returns", path, units)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


def test_an_import_into_a_locked_return_is_a_row_error_and_an_unchanged_one_is_not(
    tmp_path: Path, units: Units
) -> None:
    path = overseas_table(tmp_path / "a.xlsx")
    taken("overseas-returns", path, units)
    record = OverseasReturn.objects.get(unit=units.village)
    record.state, record.accepted_on = ACCEPTED, record.submitted_on
    record.save()
    assert taken("overseas-returns", path, units)["unchanged"] == 2
    record.returned_persons = 90
    record.save()
    result = taken("overseas-returns", path, units, status=1)
    assert [(error["cell"], "锁定" in error["problem"]) for error in result["errors"]] == [("A6", True)]
    record.refresh_from_db()
    assert record.returned_persons == 90


def test_more_households_than_persons_is_an_error_of_its_row(tmp_path: Path, units: Units) -> None:
    rows: list[list[Any]] = [["村名", "归侨户数", "归侨人数", *_rest()], ["上河村", 5, 4, *[0] * 8]]
    result = taken("overseas-returns", workbook(tmp_path / "b.xlsx", rows), units, status=1)
    assert [error["cell"] for error in result["errors"]] == ["C2"]
    assert "不能少于" in result["errors"][0]["problem"]
    assert not OverseasReturn.objects.exists()


def _rest() -> list[str]:
    return [
        f"{group}{unit}"
        for group in ("侨眷", "台胞台属", "港澳眷属", "留学归国")
        for unit in ("户数", "人数")
    ]


def test_a_draft_becomes_submitted_when_the_import_changes_it(tmp_path: Path, units: Units) -> None:
    draft = population(units.village, "2025Q3", 1, 2, residents=500, state=DRAFT)
    rows: list[list[Any]] = [
        ["村名", "常住人口", "户籍少数民族人口", "流动少数民族人口"],
        ["上河村", 500, 1, 2],
    ]
    path = workbook(tmp_path / "same.xlsx", rows)
    assert taken("population-returns", path, units)["unchanged"] == 1
    draft.refresh_from_db()
    assert draft.state == DRAFT
    rows[1][3] = 3
    assert taken("population-returns", workbook(tmp_path / "new.xlsx", rows), units)["updated"] == 1
    draft.refresh_from_db()
    assert (draft.state, draft.minority) == (SUBMITTED, 4)
    assert value(units, "ethnicity.minority_residents") == 4


def test_undoing_an_import_brings_the_figures_back(tmp_path: Path, units: Units) -> None:
    population(units.village, "2025Q2", 10, 10)
    rows: list[list[Any]] = [
        ["村名", "常住人口", "户籍少数民族人口", "流动少数民族人口"],
        ["上河村", 500, 1, 2],
    ]
    taken("population-returns", workbook(tmp_path / "a.xlsx", rows), units)
    assert value(units, "ethnicity.minority_residents") == 3
    undo_batch(batch=ImportBatch.objects.get(), user=None)
    assert value(units, "ethnicity.minority_residents") == 20
    assert not PopulationReturn.objects.filter(period="2025Q3").exists()


def test_a_year_is_no_quarter(tmp_path: Path, units: Units) -> None:
    from django.core.management.base import CommandError

    path = overseas_table(tmp_path / "a.xlsx")
    with pytest.raises(CommandError, match="季度"):
        taken("overseas-returns", path, units, period="2025")
