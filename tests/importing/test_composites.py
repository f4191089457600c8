"""Whole workbooks as offices have them, each with many quirks at once: read exactly, wrong cells by address."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ledgers.importing import batches
from ledgers.models import User
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.families.test_religion_ledgers import venue
from tests.importing.conftest import Reader
from tests.importing.formats import DIVISION, WRITERS, Table, csv, ods, xls, xlsx
from tests.importing.plans import problems, skipped, values, wrong
from tests.importing.workbooks import credit_code


def enterprise_sheet(name: str, unit: str, capitals: list[Any], first: int) -> Table:
    """Two merged header rows under a title, a blank column, no village column: the sheet's name is the village."""
    rows: list[list[Any]] = [
        [f"东山镇民营企业台账（{name}）"],
        [],
        ["序号", "企业基本情况", "", "", "规模", "", "备注"],
        ["", "单位名称", "社会信用代码", "", f"注册资金({unit})", "职工人数", ""],
    ]
    for place, capital in enumerate(capitals):
        number = first + place
        rows.append([place + 1, f"示例企业{number}", credit_code(number), "", capital, f"{number}人", "--"])
    rows.append(["合计", "", "", "", 99, 99])
    return Table(name, rows, merge=["A1:G1", "A3:A4", "B3:C3", "E3:F3", "G3:G4"], hidden=[6])


@pytest.mark.parametrize("name", WRITERS)
def test_a_sheet_for_each_village_with_hidden_rows_and_two_units_of_money(read: Reader, name: str) -> None:
    sheets = [
        enterprise_sheet("上河村", "万元", [100, "1,200"], 1),
        enterprise_sheet("2.下河村（2家）", "元", ["５０００００", 2_000_000], 3),
        enterprise_sheet("新桥", "万元", ["1，050.5"], 5),
    ]
    cover = Table("封面", [["东山镇民营企业台账"], ["2025年"]])
    guide = Table("填表说明", [["企业名称", "统一社会信用代码"], ["填营业执照上的全称", "18位"]])
    summary = Table("汇总", [["企业名称", "统一社会信用代码"], ["示例企业1", credit_code(1)]])
    plan = read(WRITERS[name](cover, *sheets, guide, summary), "enterprises", name=name)
    assert values(plan, "unit", "name", "registered_capital", "staff") == [
        ("上河村", "示例企业1", Decimal(100), 1),
        ("上河村", "示例企业2", Decimal(1200), 2),
        ("下河村", "示例企业3", Decimal(50), 3),
        ("下河村", "示例企业4", Decimal(200), 4),
        ("新桥村", "示例企业5", Decimal("1050.5"), 5),
    ]
    assert [sheet.hidden_rows for sheet in plan.read.sheets] == [1, 1, 0]
    assert not plan.errors
    assert {found.name: bool(why) for found, why in plan.read.left_out} == dict.fromkeys(
        ["封面", "填表说明", "汇总"], True
    )


@pytest.mark.parametrize("name", WRITERS)
def test_merged_villages_with_subtotals_and_every_kind_of_wrong_cell(read: Reader, name: str) -> None:
    header = [
        "序号",
        "所在村",
        "企业名称",
        "统一社会信用代码",
        "注册资本",
        "从业人数",
        "成立时间",
        "是否会员",
        "行业",
    ]
    rows: list[list[Any]] = [
        ["东山镇非公有制企业基本情况"],
        ["填报单位：东山镇统战办　　填报时间：2025年9月30日　　单位：元"],
        header,
        ["甲", "乙", "丙", "丁", 1, 2, 3, 4, 5],
        [1, "上河村", "甲公司", credit_code(1), "1，000，000", "３５人", "2023.5", "√", "制造业"],
        [2, "", "乙公司", 913302810000010013.0, 500000, 10, 2023.1, "×", "制造叶"],
        [3, "", "丙公司", credit_code(3), DIVISION, "约20", "2023年5月", "待定", "无"],
        ["", "", "小计", "", 1500000, 45],
        ["", "", "其中：规上企业", "", 1000000, 35],
        [4, "上和村", "丁公司", credit_code(4), "无", "--", "2023-13-1", "是", "F"],
        [5, "柳湾村", "戊公司", credit_code(5)[:-1] + "0", 1, 1, "20230501", "否", "建筑"],
        [6, "下河村", "己公司", credit_code(6), 300000, "1,234", 45047.0, "", "C 制造业"],
        ["合 计（6家）", "", "", "", 1],
        [],
        ["填表人：示例", "", "", "审核人：示例", "", "联系电话：0574-80000000"],
        ["备注：本表按季报送。"],
    ]
    table = Table("Sheet1", rows, merge=["A1:I1", "A2:I2", "B5:B9"])
    plan = read(WRITERS[name](table), "enterprises", name=name)
    assert values(plan, "unit", "name", "registered_capital", "staff", "founded_on", "chamber_member") == [
        ("上河村", "甲公司", Decimal(100), 35, dt.date(2023, 5, 1), True),
        ("下河村", "己公司", Decimal(30), 1234, dt.date(2023, 5, 1), None),
    ]
    found = problems(plan)
    assert list(found) == ["D6", "G6", "I6", "E7", "F7", "H7", "B10", "G10", "B11", "D11"]
    assert "丢失" in found["D6"]
    assert "1月和10月" in found["G6"]
    assert "是否为「制造业」" in found["I6"]
    assert "公式错误" in found["E7"]
    assert "是否为「上河村」" in found["B10"]
    assert "填报范围" in found["B11"]
    assert all(error.column for error in plan.errors)
    assert [why for _, _, why in skipped(plan)] == ["栏次", "小计", "其中", "合计", "填表人", "备注"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_representatives_as_text(read: Reader, encoding: str, delimiter: str) -> None:
    rows = [
        ["东山镇党外代表人士名册"],
        ["填报单位：东山镇", "", "", "", "填报时间：2025.9"],
        ["姓名", "性别", "出生年月", "工作单位", "党 派", "担任职务", "联系电话"],
        ["代表甲", "女", "1980.6", "东山镇中心小学", "民盟", "区政协委员、镇商会副会长", "0574-81111111"],
        ["代表乙", "男", "1975年10月", '示例"东山"公司', "无党派人士", "区人大代表，镇工商联执委", "--"],
        ["代表丙", "男", "不详", "农技站", "无", "无", ""],
        ["合计：3人"],
    ]
    plan = read(csv(rows, encoding=encoding, delimiter=delimiter), "representatives", name="名册.csv")
    assert values(plan, "name", "birth_year", "party", "posts", "unit") == [
        ("代表甲", 1980, "cdl", "区政协委员、镇商会副会长", "东山镇"),
        ("代表乙", 1975, "none", "区人大代表、镇工商联执委", "东山镇"),
    ]
    assert wrong(plan) == [("CSV", "C6"), ("CSV", "F6")]


def test_venues_in_a_chinese_csv_under_six_lines(read: Reader) -> None:
    rows = [
        ["附件2"],
        ["宗教活动场所登记台账"],
        [],
        ["填报单位（盖章）：东山镇", "", "", "填报时间：2025年9月30日"],
        ["（内部资料）"],
        [],
        [
            "序号",
            "场所名称（全称）",
            "登记证编号",
            "教 别",
            "所在村（社区）",
            "",
            "建筑面积（㎡）",
            "可容纳人数",
            "灭火器(具)",
        ],
        ["1", "示例寺", "宗场证字F001", "佛教", "东山镇上河村", "", "１，０５０．５", "300人", "12具"],
        ["2", "示例庵", "宗场证字F002", "佛", "下河村委会", "", "88平方米", "无", "--"],
        ["3", "无证场所", "", "佛叫", "新桥村", "", "3亩", "约100", ""],
        ["", "小计", "", "", "", "", "1，138.5"],
        ["填表人:示例", "", "审核人:示例"],
    ]
    plan = read(csv(rows, encoding="gb18030"), "venues", name="场所.csv")
    assert values(plan, "name", "unit", "floor_area", "rated_capacity", "fire_equipment") == [
        ("示例寺", "上河村", Decimal("1050.50"), 300, 12),
        ("示例庵", "下河村", Decimal("88.00"), None, None),
    ]
    found = problems(plan)
    assert list(found) == ["D10", "G10", "H10", "C10"]
    assert "是否为「佛教」" in found["D10"]
    assert "登记证号" in found["C10"]


@pytest.mark.parametrize("writer", [xlsx, xls])
def test_the_epoch_of_1904(read: Reader, writer: Callable[..., bytes]) -> None:
    rows: list[list[Any]] = [
        ["企业名称", "信用代码", "成立日期", "入会时间"],
        ["甲公司", credit_code(1), dt.date(2019, 3, 5), 43585.0],
        ["乙公司", credit_code(2), "2023年12月31日", "43585"],
    ]
    plan = read(writer(Table("上河村", rows), epoch1904=True), "enterprises")
    assert values(plan, "founded_on", "chamber_since") == [
        (dt.date(2019, 3, 5), dt.date(2023, 5, 1)),
        (dt.date(2023, 12, 31), dt.date(2023, 5, 1)),
    ]


def test_inspections_name_their_venues(read: Reader, units: Units) -> None:
    venue(units.villages[0], 1, name="法源寺")
    venue(units.villages[1], 2, name="东山基督教堂（新堂）")
    rows: list[list[Any]] = [
        ["宗教活动场所安全检查记录"],
        ["序号", "被检查场所", "检查时间", "检查人员", "检查结果", "检查内容"],
        [1, "法源寺", "2025.3.1", "镇统战办、派出所", "合格", "消防\n用电"],
        [2, "", dt.date(2025, 4, 2), "镇统战办", "责令整改", ""],
        [3, "东山基督教堂(新堂)", "二〇二五年五月六日", "镇统战办", "当场整该", "无"],
        [4, "法原寺", "2025.6", "镇统战办", "正常", ""],
    ]
    plan = read(xls(Table("检查", rows, merge=["A1:F1", "B3:B4"])), "inspections", name="检查.et")
    assert values(plan, "venue", "inspected_on", "inspectors", "result") == [
        ("法源寺", dt.date(2025, 3, 1), "镇统战办、派出所", "passed"),
        ("法源寺", dt.date(2025, 4, 2), "镇统战办", "ordered"),
    ]
    assert list(problems(plan)) == ["E5", "B6"]
    assert "是否为「当场整改」" in problems(plan)["E5"]
    assert "是否为「法源寺」" in problems(plan)["B6"]


def test_full_width_headers_with_remarks_and_blank_columns_between(read: Reader) -> None:
    rows: list[list[Any]] = [
        ["", "２０２５年民营企业统计表", "", "", "（万元）"],
        [],
        [
            "",
            "＊企　业　名　称",
            "",
            "统一社会信用代码（18位，格式：字母大写）",
            "注册资本",
            "",
            "从业人数【人】",
            "是否入会（是：√）",
        ],
        [],
        ["", "ＡＢＣ（东山）公司", "", f" {credit_code(7)} ", "１，２３４．５", "", "１２", "✓"],
        ["", "合计", "", "", 1234.5],
    ]
    plan = read(xlsx(Table("新桥村", rows)), "enterprises")
    assert values(plan, "unit", "name", "registered_capital", "staff", "chamber_member") == [
        ("新桥村", "ABC（东山）公司", Decimal("1234.5"), 12, True)
    ]


def test_october_may_be_lost_in_a_text_file_as_well(read: Reader) -> None:
    header = ["企业名称", "信用代码", "成立时间", "入会时间"]
    rows = [["甲公司", credit_code(1), "2023.1", "2023.1"], ["乙公司", credit_code(2), "2023.5", "2023.10"]]
    plan = read(csv([header, *rows]), "enterprises", name="企业.csv")
    assert wrong(plan) == [("CSV", "C2")]
    assert values(plan, "chamber_since") == [(dt.date(2023, 10, 1),)]


def test_words_never_seen_are_mapped_once_and_remembered(
    read: Reader, units: Units, officer: User, django_capture_on_commit_callbacks: Any
) -> None:
    def table(first: int, *above: list[Any]) -> Table:
        rows: list[list[Any]] = [
            *above,
            ["编次", "户头", "登记情况", "", "归口", "规模甲"],
            ["", "", "证码", "本钱（元）", "", ""],
            [1, f"示例企业{first}", credit_code(first), "1,000,000", "上河村", 5],
            [2, f"示例企业{first + 1}", credit_code(first + 1), 250_000, "同上", 6],
        ]
        top = len(above) + 1
        return Table("表一", rows, merge=[f"A{top}:A{top + 1}", f"C{top}:D{top}", f"E{top}:E{top + 1}"])

    batch = batches.open_batch(
        ledger=ledgers.get("enterprises"),
        file=io.BytesIO(xlsx(table(1, ["某表"], []))),
        file_name="表.xlsx",
        unit=units.township,
        user=officer,
    )
    batches.preview(batch)
    batch.refresh_from_db()
    shown = batch.preview["left_out"][0]
    assert (batch.preview["sheets"], shown["fixable"]) == ([], True)
    said = {
        "证码": "credit_code",
        "户头": "name",
        "本钱（元）": "registered_capital",
        "归口": "unit",
        "规模甲": "staff",
    }
    columns = {column["label"]: str(column["index"]) for column in shown["mapping"]}
    mapping = {shown["signature"]: {columns[label]: name for label, name in said.items()}}
    assert batches.read_again(batch=batch, user=officer, options={"mapping": mapping})
    batch.refresh_from_db()
    batches.preview(batch)
    batch.refresh_from_db()
    assert batches.confirm(batch=batch, user=officer, skip_errors=False)
    batch.refresh_from_db()
    batches.apply(batch)
    # Next quarter: other rows, another title, another format.
    plan = read(ods(table(3, ["另一个标题"], ["填报单位：东山镇"], [])), "enterprises", name="表.ods")
    assert values(plan, "name", "unit", "registered_capital", "staff") == [
        ("示例企业3", "上河村", Decimal(100), 5),
        ("示例企业4", "上河村", Decimal(25), 6),
    ]
    assert not plan.errors


def test_every_wrong_cell_of_every_sheet_at_once(read: Reader) -> None:
    """Each converter says where, which column, what is wrong and, where one is near, what may have been meant."""
    header = ["活动日期", "活动名称", "类别", "开展单位", "参加人次", "横幅", "经费", "成效"]
    good: list[Any] = ["2025-3-1", "活动", "宣传", "上河村", 1, 1, 1, "好"]
    bad: list[list[Any]] = [
        [2025.1, "", "宣传活", "上和村", "约30人", "3户", "1万美元", 1e18],
        ["2025-2-30", "名" * 200, "？", "西河镇", "30.5", -1, "五百", DIVISION],
    ]
    plan = read(xls(Table("一", [header, good, *bad]), Table("二", [["标题"], header, *bad])), "activities")
    found = [error.cell for error in plan.errors if error.sheet == "一"]
    assert sorted(found) == sorted([f"{letter}{row}" for row in (3, 4) for letter in "ABCDEFGH"])
    assert sorted(wrong(plan)) == sorted([("一", cell) for cell in found] + [("二", cell) for cell in found])
    said = problems(plan)
    assert {error.cell: error.column for error in plan.errors if error.sheet == "一"} == {
        f"{letter}{row}": header["ABCDEFGH".index(letter)] for row in (3, 4) for letter in "ABCDEFGH"
    }
    assert "是否为「宣传」" in said["C3"]
    assert "是否为「上河村」" in said["D3"]
    assert all(text.endswith("。") for text in said.values())
