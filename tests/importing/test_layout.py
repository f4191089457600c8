"""Headers under titles, groups over columns, rows that are no records."""

from typing import Any

import pytest

from ledgers.importing.grid import Grid
from ledgers.importing.layout import Understanding, understand
from ledgers.work.sheets import ActivitySheet
from nonpublic.sheets import EnterpriseSheet
from tests.importing.workbooks import company, credit_code

HEADER = ["序号", "所在村", "企业名称", "统一社会信用代码", "注册资本(万元)", "从业人数", "备注"]


def row(number: int, village: str = "上河村", *rest: Any) -> list[Any]:
    return [number, village, f"示例企业{number}", credit_code(number), 100, 10, *rest]


def read(*rows: list[Any], **grid: Any) -> Understanding:
    return understand(Grid("表", [list(cells) for cells in rows], **grid), EnterpriseSheet)


@pytest.mark.parametrize("above", range(7))
def test_the_header_is_found_in_any_of_the_first_rows(above: int) -> None:
    title: list[list[Any]] = [
        ["东山镇企业台账"],
        ["填报单位：东山镇", "", "", "填报时间：2025年9月"],
        [],
        ["（内部资料）"],
        ["说明：按村填写", ""],
        [],
    ]
    found = read(*title[:above], HEADER, row(1), row(2))
    assert found.header_rows == [min(above, len(title))]
    assert found.rows == [found.header_rows[0] + 1, found.header_rows[0] + 2]
    assert found.by_field.keys() >= {"unit", "name", "credit_code", "registered_capital", "staff", "remark"}
    assert found.as_json()["ignored"] == ["序号"]


def test_two_header_rows_with_groups() -> None:
    found = read(
        ["序号", "所在村", "基本情况", "", "规模", ""],
        ["", "", "企业名称", "信用代码", "注册资金（元）", "人数"],
        [1, "上河村", "示例企业", credit_code(1), 1000000, 3],
        merged=[((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 2), (0, 3)), ((0, 4), (0, 5))],
    )
    assert found.header_rows == [0, 1]
    assert {match.label.text: match.field for match in found.matches} == {
        "序号": "",
        "所在村": "unit",
        "企业名称": "name",
        "信用代码": "credit_code",
        "注册资金（元）": "registered_capital",
        "人数": "",
    }
    assert found.by_field["registered_capital"].label.unit == "元"


def test_groups_are_read_where_the_format_does_not_tell_what_is_merged() -> None:
    found = understand(
        Grid(
            "表",
            [
                ["活动日期", "活动名称", "活动类别", "宣传", "", ""],
                ["", "", "", "横幅", "标语", "推文"],
                ["2025-3-1", "示例活动", "宣传", 3, 2, 1],
            ],
        ),
        ActivitySheet,
    )
    assert found.header_rows == [0, 1]
    assert {
        match.label.group for match in found.matches if match.field in ("banners", "slogans", "posts")
    } == {"宣传"}


def test_a_row_of_units_below_the_names() -> None:
    found = read(
        ["所在村", "企业名称", "信用代码", "注册资本", "从业人数"],
        ["", "", "", "元", "人"],
        ["上河村", "示例企业", credit_code(1), 1000000, 3],
    )
    assert found.header_rows == [0, 1]
    assert found.by_field["registered_capital"].label.unit == "元"
    assert found.rows == [2]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("*企业名称", "name"),
        ("企业名称（必填）", "name"),
        ("1.企业名称", "name"),
        ("企 业 名 称", "name"),
        ("企业\n名称", "name"),
        ("单位名称", "name"),
        ("企业名称：", "name"),
        ("企业名称全称", "name"),
    ],
)
def test_wordings_of_a_column(label: str, field: str) -> None:
    found = read([label, "统一社会信用代码"], ["示例企业", credit_code(1)])
    assert found.matches[0].field == field


@pytest.mark.parametrize("label", ["成交时间", "名字", "企业", "代码证", "会长"])
def test_wordings_that_only_look_alike_are_left_out(label: str) -> None:
    found = read(["企业名称", "统一社会信用代码", label], ["示例企业", credit_code(1), "x"])
    assert found.matches[2].field == ""
    assert found.as_json()["ignored"] == [label]


def test_village_names_are_carried_down_with_and_without_merges() -> None:
    rows = [HEADER, row(1), row(2, ""), row(3, "下河村"), row(4, "")]
    for merged in ([], [((1, 1), (2, 1)), ((3, 1), (4, 1))]):
        found = read(*rows, merged=merged)
        assert [found.grid.rows[number][1] for number in found.rows] == [
            "上河村",
            "上河村",
            "下河村",
            "下河村",
        ]


def test_a_village_is_not_carried_over_a_subtotal() -> None:
    found = read(HEADER, row(1), ["", "小计", "", "", 100, 10], row(2, ""))
    assert [found.grid.rows[number][1] for number in found.rows] == ["上河村", ""]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["合计", "", "", "", 300], "合计"),
        (["合 计", "", "", "", 300], "合计"),
        (["", "合计：", "", "", 300], "合计"),
        (["", "", "总计", "", 300], "总计"),
        (["", "上河村小计", "", "", 300], "小计"),
        (["", "其中：规上企业", "", "", 300], "其中"),
        (["填表人:某", "", "", "审核人:某"], "填表人"),
        (["", "审核人：", "", ""], "审核人"),
        (["备注：本表按季填报", ""], "备注"),
        (["联系电话：0574-80000000"], "联系电话"),
        ([9], "只有序号"),
        ([9, "下河村"], "只有序号"),
        (HEADER, "重复的表头"),
    ],
)
def test_rows_that_are_no_records_are_skipped_with_the_reason(cells: list[Any], why: str) -> None:
    found = read(HEADER, row(1), row(2), cells)
    assert found.rows == [1, 2]
    assert found.skipped == [(3, why)]


def test_total_counts_only_in_a_label_cell() -> None:
    found = read(
        HEADER, row(1, "上河村", "合计"), [2, "上河村", "合计通科技公司", credit_code(2), 1, 1, "小计"]
    )
    assert found.rows == [1, 2]
    assert found.skipped == []


def test_the_code_row_of_statistical_forms_is_skipped() -> None:
    found = read(HEADER, ["甲", "乙", "丙", "丁", 1, 2, 3], row(1))
    assert found.skipped == [(1, "栏次")]
    assert found.rows == [2]


def test_lines_below_the_table_are_no_records() -> None:
    found = read(HEADER, row(1), ["说明：", ""], ["1.按村填报；"], ["2.数据截至季末。"])
    assert found.rows == [1]
    assert [why for _, why in found.skipped] == ["说明", "表尾说明", "表尾说明"]


def test_blank_rows_are_not_worth_mentioning() -> None:
    found = read(HEADER, row(1), [], ["", "  ", ""], row(2))
    assert found.rows == [1, 4]
    assert found.skipped == []


def test_a_heading_row_names_the_village_of_the_rows_below() -> None:
    header = ["企业名称", "统一社会信用代码", "注册资本"]
    found = read(
        header,
        ["上河村"],
        ["示例企业1", credit_code(1), 1],
        ["下河村"],
        ["示例企业2", credit_code(2), 1],
        merged=[((1, 0), (1, 2)), ((3, 0), (3, 2))],
    )
    assert found.heading_units == {2: "上河村", 4: "下河村"}
    assert [why for _, why in found.skipped] == ["分组标题", "分组标题"]


def test_a_number_merged_over_rows_is_nobodys() -> None:
    found = read(HEADER, row(1), row(2), merged=[((1, 4), (2, 4))])
    assert found.merged_numbers == {(1, 4), (2, 4)}


def test_the_title_lines_name_the_unit_and_the_unit_of_measure() -> None:
    found = read(["单位：元", "", "填报单位：上河村"], HEADER, row(1))
    assert (found.stated.money_unit, found.unit_name) == ("元", "上河村")
    found = read(["填报单位：", "", "下河村", "单位：户、人"], HEADER, row(1))
    assert (found.stated.money_unit, found.unit_name) == ("", "下河村")


def test_what_the_user_says_about_columns_wins() -> None:
    plain = read(["企业名称", "统一社会信用代码", "甲方"], company(1)[1:4])
    grid = Grid("表", [["企业名称", "统一社会信用代码", "甲方"], ["示例", credit_code(1), "负责人甲"]])
    found = understand(grid, EnterpriseSheet, {plain.signature: {"2": "legal_representative", "0": ""}})
    assert [match.field for match in found.matches] == ["", "credit_code", "legal_representative"]
    assert found.missing == ["企业名称"]


def test_the_signature_depends_on_the_headers_alone() -> None:
    first, second = read(["标题"], HEADER, row(1)), read(HEADER, row(2), row(3))
    other = read([*HEADER, "其他列"], row(1))
    assert first.signature == second.signature != other.signature


def test_missing_columns_are_named() -> None:
    found = read(["企业名称", "注册资本"], ["示例企业", 3])
    assert not found.is_understood
    assert found.missing == ["统一社会信用代码"]


@pytest.mark.parametrize("rows", [[], [[]], [["只有一句话"]], [[1, 2, 3], [4, 5, 6]]])
def test_a_sheet_without_a_header_is_not_understood(rows: list[list[Any]]) -> None:
    assert not read(*rows).is_understood
