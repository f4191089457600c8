"""Whole workbooks whose sheets say in names, titles and lines whose rows they hold, and of what time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from ledgers.importing.problems import SheetRejected
from tests.importing.conftest import Reader
from tests.importing.formats import DIVISION, WRITERS, Table, csv, ods, xls, xlsx
from tests.importing.plans import problems, skipped, values, wrong
from tests.importing.workbooks import credit_code

OVERSEAS = ("归侨", "侨眷", "台胞台属", "港澳眷属", "留学归国")


def overseas(name: str, title: str, *rows: list[Any]) -> Table:
    table: list[list[Any]] = [
        [title],
        ["填报单位：", "", "", "单位：户、人"],
        ["村名", *[text for group in OVERSEAS for text in (group, "")]],
        ["", *["户", "人"] * 5],
        ["甲", *range(1, 11)],
        *rows,
        ["全镇", *[1] * 10],
        ["单位负责人:", "", "", "填报人:", "", "", "填报日期:", "2025年9月28日"],
    ]
    merge = [f"{left}3:{right}3" for left, right in ("BC", "DE", "FG", "HI", "JK")]
    return Table(name, table, merge=["A1:K1", "A3:A4", *merge])


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    ("sheet", "title", "given", "quarter"),
    [
        ("Sheet1", "东山镇2025年第三季度侨情统计表", "", "2025Q3"),
        ("Sheet1", "东山镇侨情统计表（二〇二五年三季度）", "", "2025Q3"),
        ("Sheet1", "东山镇侨情统计表", "", "2025Q3"),  # filled in on 28 September
        ("Sheet1", "侨情统计表（2025年1-6月）", "", "2025Q2"),
        ("Sheet1", "东山镇2025年第三季度侨情统计表", "2025Q2", "2025Q2"),
        ("2024Q4", "东山镇2025年侨情统计表", "2025Q2", "2024Q4"),
        ("四季度", "东山镇2024年侨情统计表", "", "2024Q4"),
    ],
)
def test_the_period_of_a_table_of_villages(
    read: Reader, name: str, sheet: str, title: str, given: str, quarter: str
) -> None:
    numbers = [30, 91, 27, "８２", "30户", 91, 27, 82, "1", 4]
    table = overseas(sheet, title, ["上河村", *numbers], ["下河", *numbers[:-1], DIVISION])
    plan = read(WRITERS[name](table), "overseas-returns", name=name, period=given)
    assert values(plan, "unit", "period", "returned_households", "relatives_persons", "students_persons") == [
        ("上河村", quarter, 30, 82, 4)
    ]
    assert wrong(plan) == [(sheet, "K7")]
    assert plan.errors[0].column == "留学归国（人）"
    assert [row for _, row, _ in skipped(plan)] == [5, 8, 9]


def test_a_table_that_names_no_quarter_asks_for_it(read: Reader) -> None:
    """Early in October people write about the quarter before: nobody knows which is meant."""
    table = overseas("Sheet1", "侨情统计表（2025年10月）", ["上河村", *[1] * 10])
    table.rows = [row for row in table.rows if row[0] != "单位负责人:"]
    with pytest.raises(SheetRejected, match=r"第1个工作表.*期间"):
        read(xlsx(table), "overseas-returns")


def test_a_sheet_for_each_quarter(read: Reader) -> None:
    header = ["村（社区）", "常住人口", "户籍少数民族人口", "流动少数民族人口"]
    sheets = [
        Table(
            f"{quarter}季度",
            [["2025年少数民族人口统计表"], header, ["上河村", 500, place, "--"], ["新桥村", 400, 0, place]],
        )
        for place, quarter in enumerate("一二三", start=1)
    ]
    plan = read(xls(*sheets), "population-returns", name="人口.et")
    # A blank is no zero: the row says so.
    assert values(plan, "unit", "period", "registered", "migrant") == [
        ("新桥村", "2025Q1", 0, 1),
        ("新桥村", "2025Q2", 0, 2),
        ("新桥村", "2025Q3", 0, 3),
    ]
    assert wrong(plan) == [(f"{quarter}季度", "D3") for quarter in "一二三"]


@pytest.mark.parametrize("name", WRITERS)
def test_activities_with_a_year_for_each_sheet(read: Reader, name: str) -> None:
    def year(label: str, *rows: list[Any]) -> Table:
        table: list[list[Any]] = [
            ["东山镇统战活动台账"],
            ["活动日期", "活动名称", "活动类别", "举办单位", "宣传资料", "", "", "参与人次", "经费（万元）"],
            ["", "", "", "", "横幅（条）", "标语", "推文(篇)", "", ""],
            *rows,
            ["合计", "", "", "", 9],
        ]
        merge = ["A1:I1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:G2", "H2:H3", "I2:I3"]
        return Table(label, table, merge=merge)

    sheets = [
        year(
            "2023年",
            ["5月12日", "民族团结宣传月", "宣传活动", "上河村", "3条", "５", 1, "1，200人次", 0.5],
            ["2023.10", "座谈会", "会议", "东山镇", "", "", "", "35", "3000元"],
        ),
        year(
            "2024年度",
            ["9-3", "走访慰问", "慰问", "下河村", "", "", "", 12, ""],
            [2024.1, "培训班", "培训", "同上", "", "", "", 30, ""],
            ["去年", "联谊会", "联宜活动", "上河村", "", "", "", 30.5, DIVISION],
        ),
    ]
    plan = read(WRITERS[name](*sheets), "activities", name=name)
    assert values(plan, "held_on", "title", "unit", "banners", "slogans", "attendance", "expense") == [
        (dt.date(2023, 5, 12), "民族团结宣传月", "上河村", 3, 5, 1200, Decimal("5000.00")),
        (dt.date(2023, 10, 1), "座谈会", "东山镇", None, None, 35, Decimal("3000.00")),
        (dt.date(2024, 9, 3), "走访慰问", "下河村", None, None, 12, None),
    ]
    assert sorted(cell for _, cell in wrong(plan)) == ["A5", "A6", "C6", "H6", "I6"]
    assert "是否为「联谊" in problems(plan)["C6"]
    assert plan.read.sheets[0].header_rows == [1, 2]


def test_projects_take_their_year_from_the_sheet_and_their_unit_of_money_from_the_line_above(
    read: Reader,
) -> None:
    def sheet(name: str, line: str, amount: Any) -> Table:
        rows: list[list[Any]] = [
            ["少数民族发展资金项目表"],
            ["", "", line],
            ["实施村", "项目名称", "下达资金", "实施进度"],
            ["上河村", "村道硬化", amount, "建设中"],
        ]
        return Table(name, rows, merge=["A1:D1"])

    content = ods(sheet("2023年", "单位：元", 500_000), sheet("2024", "（单位：万元）", "３０"))
    plan = read(content, "support-projects", name="项目.ods")
    assert values(plan, "unit", "year", "title", "amount") == [
        ("上河村", 2023, "村道硬化", Decimal(50)),
        ("上河村", 2024, "村道硬化", Decimal(30)),
    ]


def test_sheets_and_lines_that_name_somebody_else_are_wrong_row_by_row(read: Reader) -> None:
    rows: list[list[Any]] = [["企业名称", "信用代码"], ["甲公司", credit_code(1)], ["乙公司", credit_code(2)]]
    third: list[list[Any]] = [
        ["填报单位：西河镇柳湾村"],
        ["企业名称", "信用代码"],
        ["丙公司", credit_code(3)],
    ]
    plan = read(xlsx(Table("上和村", rows), Table("Sheet2", third)), "enterprises")
    assert wrong(plan) == [("上和村", "A2"), ("上和村", "A3"), ("Sheet2", "A3")]
    assert "是否为「上河村」" in problems(plan)["A2"]
    assert not values(plan, "name")


def test_a_title_and_headings_tell_whose_the_rows_are(read: Reader) -> None:
    rows = [
        ["东山镇上河村企业登记表"],
        ["企业名称", "信用代码", "注册资本（元）"],
        ["甲公司", credit_code(1), "1,000,000"],
        ["一、下河村（1家）", "", ""],
        ["乙公司", credit_code(2), "￥500000"],
        ["二、新桥村：", "", ""],
        ["丙公司", credit_code(3), "300000元"],
    ]
    table = Table("Sheet1", rows, merge=["A1:C1", "A4:C4", "A6:C6"])
    for name, writer in WRITERS.items():
        plan = read(writer(table), "enterprises", name=name)
        assert values(plan, "name", "unit", "registered_capital") == [
            ("甲公司", "上河村", Decimal(100)),
            ("乙公司", "下河村", Decimal(50)),
            ("丙公司", "新桥村", Decimal(30)),
        ]


def test_printed_pages_one_below_the_other_in_one_sheet(read: Reader) -> None:
    page = [["村名", "常住人口", "户籍", "流动"]]
    rows = [
        ["2025年三季度人口表"],
        *page,
        ["上河村", "500", "1", "2"],
        ["填表人：示例", "", "审核人：示例"],
        *page,
        ["下河村", "600", "3", "４"],
        ["数据来源：派出所"],
    ]
    plan = read(csv(rows), "population-returns", name="人口.csv")
    assert values(plan, "unit", "residents", "registered", "migrant") == [
        ("上河村", 500, 1, 2),
        ("下河村", 600, 3, 4),
    ]


def test_the_row_of_the_township_is_a_total_if_it_is_the_sum(read: Reader) -> None:
    header = ["村（社区）", "常住人口", "户籍少数民族", "流动少数民族"]
    rows: list[list[Any]] = [["东山镇", 900, 3, 4], ["上河村", 500, 1, 2], ["下河村", 400, 2, 2]]
    plan = read(xls(Table("2025Q3", [header, *rows])), "population-returns")
    assert values(plan, "unit", "residents") == [("上河村", 500), ("下河村", 400)]
    assert (skipped(plan), plan.errors) == ([("2025Q3", 2, "合计")], [])
    rows[0][2] = 5
    assert wrong(read(xls(Table("2025Q3", [header, *rows])), "population-returns")) == [("2025Q3", "A2")]
