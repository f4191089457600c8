"""Lists of families with ties abroad: persons and households are counted, and nothing of the list is left."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from overseas.models import OverseasReturn, RegionComposition
from tests.boundaries.lists import NAMES, NUMBERS, assert_nothing_of_it, everything_in_the_database
from tests.conftest import Units
from tests.importing.command import run
from tests.returns.test_imports import workbook

pytestmark = pytest.mark.each_database

VILLAGES = ["上河村", "", "", "下河村", "", "", ""]
HEADS = [NAMES[0], NAMES[0], NAMES[2], NAMES[0], NAMES[4], NAMES[4], NAMES[4]]
CATEGORIES = ["归侨", "侨眷", "侨眷", "台属", "台属", "港澳眷属", "台属"]
REGIONS = ["美国", "美国", "美国", "美国", "美国", "香港", "美国"]


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    header = ["序号", "村（社区）", "姓名", "户主姓名", "人员类别", "旅居国家", "身份证号"]
    columns = zip(VILLAGES, NAMES, HEADS, CATEGORIES, REGIONS, NUMBERS, strict=True)
    rows = [[place, *row] for place, row in enumerate(columns, start=1)]
    return workbook(tmp_path / "list.xlsx", [["侨台人员花名册"], header, *rows, ["合计", "", 7]])


def test_persons_and_households_are_counted_by_village_and_category(
    listed: Path, units: Units, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        printed = run("overseas-returns", listed, units)
    counted = json.loads(printed)["counted"]
    assert set(counted) == {"上河村", "下河村"}
    first, second = (OverseasReturn.objects.get(unit=village) for village in units.villages[:2])
    assert (first.returned_households, first.returned_persons) == (1, 1)
    assert (first.relatives_households, first.relatives_persons) == (2, 2)
    # A head of the same name in another village is another household.
    assert (second.taiwan_households, second.taiwan_persons) == (2, 3)
    assert (second.hongkong_macao_households, second.hongkong_macao_persons) == (1, 1)
    assert counted["下河村"] == {name: getattr(second, name) for name in OverseasReturn.figures}
    assert_nothing_of_it(printed)
    assert_nothing_of_it(caplog.text)
    assert_nothing_of_it(everything_in_the_database())


def test_regions_are_counted_for_the_township_and_small_ones_merged(listed: Path, units: Units) -> None:
    printed = run("region-composition", listed, units)
    record = RegionComposition.objects.get()
    # One person in 香港: joined with the six in 美国, so that neither can be told from the total.
    assert (record.group_count, record.totals(), list(record.lines)) == (2, (5, 7), [])
    assert "香港" not in printed
    assert "香港" not in everything_in_the_database()
    assert_nothing_of_it(printed)
    assert_nothing_of_it(everything_in_the_database())


@pytest.mark.parametrize("slug", ["overseas-returns", "region-composition"])
def test_a_list_that_does_not_tell_households_apart_is_refused_by_address(
    slug: str, tmp_path: Path, units: Units
) -> None:
    header = ["村（社区）", "姓名", "户号", "人员类别", "旅居国家"]
    rows: list[list[Any]] = [
        ["上河村", NAMES[0], 1, "归侨", "美国"],
        ["上河村", NAMES[1], "", "归侨", "美国"],
    ]
    printed = run(slug, workbook(tmp_path / "list.xlsx", [header, *rows]), units, status=1)
    (error,) = json.loads(printed)["errors"]
    assert (error["cell"], error["column"]) == ("C3", "户号")
    assert_nothing_of_it(printed)
    assert_nothing_of_it(everything_in_the_database())
