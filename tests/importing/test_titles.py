"""What sheets say about themselves outside their tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ledgers.importing.grid import Grid
from ledgers.importing.lookups import Lookups
from ledgers.importing.problems import CellProblem
from ledgers.importing.titles import Time, is_no_data, read_title, repeats_others, time_in
from ledgers.periods import Period
from ledgers.units import rename_unit, undo_change
from tests.conftest import Units


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025年第三季度", Time(2025, quarter=3)),
        ("东山镇２０２５年三季度侨情统计表", Time(2025, quarter=3)),
        ("2025 年 第 3 季 度", Time(2025, quarter=3)),
        ("二〇二五年四季度", Time(2025, quarter=4)),
        ("2025Q3", Time(2025, quarter=3)),
        ("2025-Q3", Time(2025, quarter=3)),
        ("三季度", Time(quarter=3)),
        ("2025年上半年", Time(2025, half=1)),
        ("2025H2", Time(2025, half=2)),
        ("2025年1-9月", Time(2025, month=9)),
        ("2025年1月至6月", Time(2025, month=6)),
        ("2025年9月30日", Time(2025, month=9)),
        ("2025.9.30", Time(2025, month=9)),
        ("20250930", Time(2025, month=9)),
        ("2025年度", Time(2025)),
        ("2025", Time(2025)),
        ("2023-2025年", Time()),
        ("2025年一季度和二季度", Time(2025)),
        ("上河村", Time()),
        ("电话0574-80002025", Time()),
    ],
)
def test_times_in_texts(text: str, time: Time) -> None:
    assert time_in(text) == time


@pytest.mark.parametrize(
    ("line", "unit", "money", "when"),
    [
        (["填报单位：东山镇　　填报时间：2025年9月30日　　单位：万元"], "东山镇", "万元", ["2025年9月30日"]),
        (["填报单位（盖章）：上河村", "", "报送时间：", "2025.9.30"], "上河村", "", ["2025.9.30"]),
        (["企业台账（单位：万元）"], "", "万元", []),
        (["单位:人民币元"], "", "元", []),
        (["金额单位：元"], "", "元", []),
        (["", "（万元）"], "", "万元", []),
        (["填报单位：", "", "单位：户、人"], "", "", []),
        (["单位：户、人、万元"], "", "万元", []),
        (["填报单位:上河村（公章）填报人：示例 联系电话：1"], "上河村", "", []),
    ],
)
def test_lines_above_the_table(line: list[Any], unit: str, money: str, when: list[str]) -> None:
    stated = read_title(Grid("Sheet1", [line]), 1)
    assert (stated.unit_name, stated.money_unit, stated.filled_in) == (unit, money, when)


@pytest.mark.parametrize(
    ("name", "title", "given", "first"),
    [
        ("2024Q4", "2025年三季度", "2025Q2", "2024Q4"),
        ("四季度", "2024年表", "", "2024Q4"),
        ("四季度", "表", "2023Q1", "2023Q4"),
        ("Sheet1", "2025年三季度", "2025Q2", "2025Q2"),
        ("Sheet1", "2025年三季度", "", "2025Q3"),
        ("Sheet1", "填报时间：2025年9月", "", "2025Q3"),
        ("Sheet1", "填报时间：2025年10月8日", "", None),
        ("Sheet1", "表", "", None),
    ],
)
def test_which_period_is_meant(name: str, title: str, given: str, first: str | None) -> None:
    stated = read_title(Grid(name, [[title]]), 1)
    found = next(stated.periods(Period.parse(given) if given else None), None)
    assert (str(found) if found else None) == first


@pytest.mark.parametrize("name", ["填表说明", "封面", "样表", "目 录", "下拉选项", "模板"])
def test_sheets_without_data(name: str) -> None:
    assert is_no_data(name)
    assert not repeats_others(name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("上河村", "上河村"),
        ("上河", "上河村"),
        ("1.上河村（3家）", "上河村"),
        ("一、上河村：", "上河村"),
        ("东山镇上河村企业台账", "上河村"),
        ("东山镇统战办", "东山镇"),
        ("上河村、下河村", None),
        ("Sheet1", None),
        ("各村", None),
        ("企业", None),
    ],
)
def test_units_named_in_a_text(units: Units, text: str, found: str | None) -> None:
    named = Lookups(units.township).named_in(text)
    assert getattr(named, "name", named) == found


@pytest.mark.parametrize("text", ["柳湾村", "西河镇柳湾村", "上和村"])
def test_a_name_that_is_nobodys_within_reach_is_a_problem(units: Units, text: str) -> None:
    named = Lookups(units.township).named_in(text)
    assert isinstance(named, str)
    assert "填报范围" in named
    assert ("是否为「上河村」" in named) == (text == "上和村")


def test_a_unit_answers_to_its_former_name_until_another_one_has_it(units: Units) -> None:
    change = rename_unit(unit=units.village, name="江滨新村", on=dt.date(2025, 1, 1), user=None)
    for text in ("上河村", "东山镇上河村", "上河村村委会", "江滨新村"):
        assert Lookups(units.township).unit(text).pk == units.village.pk
    # 下河村 becomes 上河社区: now 上河村 may be the one or the other.
    other = rename_unit(unit=units.villages[1], name="上河社区", on=dt.date(2025, 2, 1), user=None)
    with pytest.raises(CellProblem, match="同名"):
        Lookups(units.township).unit("上河村")
    assert Lookups(units.township).unit("上河社区").pk == units.villages[1].pk
    undo_change(change=other, user=None)
    undo_change(change=change, user=None)
    with pytest.raises(CellProblem, match="没有这个单位"):
        Lookups(units.township).unit("江滨新村")
