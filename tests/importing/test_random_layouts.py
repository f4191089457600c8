"""The same enterprises under whatever layout, wording and format: read back exactly, nothing else beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledgers.importing import batches
from ledgers.registry import ledgers
from tests.conftest import Units
from tests.importing.formats import Table, csv, ods, xls, xlsx
from tests.importing.workbooks import credit_code

WRITERS: dict[str, Callable[[Table], bytes]] = {
    "xlsx": xlsx,
    "xls": xls,
    "ods": ods,
    "utf-8-sig": lambda table: csv(table.rows),
    "gb18030": lambda table: csv(table.rows, encoding="gb18030"),
    "utf-16": lambda table: csv(table.rows, encoding="utf-16", delimiter="\t"),
}
#: Formats that can merge cells and hide rows.
RICH = {"xlsx", "xls", "ods"}
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

Written = Callable[[Any], Any]


@dataclass(frozen=True)
class Field:
    """A column: its name in the ledger, its wordings, its group, and the ways in which a value is written."""

    name: str
    words: tuple[str, ...]
    group: str
    ways: tuple[Written, ...]


def tenth_month_is_safe(day: dt.date) -> str:
    return f"{day.year}.{day.month:02d}.{day.day:02d}"


FIELDS = (
    Field(
        "name", ("企业名称", "单位名称", "公司名称", "企业全称"), "基本情况", (str, lambda text: f" {text}　")
    ),
    Field(
        "credit_code",
        ("统一社会信用代码", "信用代码", "社会信用代码"),
        "基本情况",
        (str, str.lower, lambda code: code.translate(WIDE), lambda code: f"{code[:8]} {code[8:]}"),
    ),
    Field(
        "unit",
        ("所在村", "所属村（社区）", "行政村", "村、社区"),
        "基本情况",
        (str, lambda text: f"东山镇{text}"),
    ),
    Field(
        "registered_capital",
        ("注册资本", "注册资金"),
        "规模",
        (float, "{:,}".format, lambda n: f"{n:,}".translate(WIDE), lambda n: f" {n} "),
    ),
    Field(
        "staff",
        ("从业人数", "职工人数", "用工人数"),
        "规模",
        (int, str, "{}人".format, lambda n: str(n).translate(WIDE)),
    ),
    Field(
        "founded_on",
        ("成立日期", "成立时间", "注册时间"),
        "登记",
        (
            str,
            "{0.year}年{0.month}月{0.day}日".format,
            "{:%Y%m%d}".format,
            "{0.year}/{0.month}/{0.day}".format,
            tenth_month_is_safe,
        ),
    ),
    Field(
        "chamber_member",
        ("商会会员", "是否会员", "是否入会"),
        "登记",
        (
            lambda yes: "是" if yes else "否",
            lambda yes: "√" if yes else "×",
            lambda yes: "有" if yes else "无",
        ),
    ),
)
ABOVE: tuple[list[Any], ...] = (
    ["东山镇非公有制企业基本情况台账"],
    ["填报单位：东山镇统战办", "", "填报时间：2025年9月30日"],
    ["填报单位：东山镇　　填报时间：２０２５年９月"],
    ["（内部资料，注意保存）"],
    [],
    ["附件1"],
)
BELOW: tuple[list[Any], ...] = (
    ["填表人：示例", "", "审核人：示例", "联系电话：0574-80000000"],
    ["备注：按营业执照填写。"],
    ["单位负责人（签章）："],
    [],
)


@dataclass
class Layout:
    table: Table
    expected: list[dict[str, Any]] = field(default_factory=list)


@st.composite
def layouts(draw: st.DrawFn, rich: bool) -> Layout:
    order = draw(st.permutations(FIELDS))
    if draw(st.booleans()):
        order = [column for column in order if column.name not in ("founded_on", "chamber_member")]
    deep = draw(st.booleans())
    # A group stands over neighbours only.
    if deep:
        order.sort(key=lambda column: column.group)
    serial, blank_column = draw(st.booleans()), draw(st.booleans())
    unit_line = draw(st.sampled_from(["", "元", "万元"]))
    money = "" if unit_line else draw(st.sampled_from(["元", "万元"]))
    above = draw(st.lists(st.sampled_from(ABOVE), max_size=4))
    if unit_line:
        above.append(["", "", f"单位：{unit_line}"])

    def worded(column: Field) -> str:
        text = draw(st.sampled_from(column.words))
        if column.name == "registered_capital" and money:
            text += draw(st.sampled_from(["（{}）", "({})", "【{}】", "/{}"])).format(money)
        return draw(st.sampled_from([text, f"*{text}", f"{text[:1]}　{text[1:]}", f"{text[:2]}\n{text[2:]}"]))

    lead = ([("序号", "")] if serial else []) + ([("", "")] if blank_column else [])
    heads = lead + [(worded(column), column.group) for column in order]
    rows, merge = [list(row) for row in above], []
    if deep:
        upper: list[str] = []
        for place, (text, group) in enumerate(heads):
            upper.append(text if not group else "" if place and heads[place - 1][1] == group else group)
        rows += [upper, [text if group else "" for text, group in heads]]
        merge = merged_groups(heads, len(rows) - 1) if rich else []
    else:
        rows.append([text for text, _ in heads])
    ways = {column.name: draw(st.sampled_from(column.ways)) for column in order}
    scale = 10_000 if "元" in (money, unit_line) else 1
    expected = []
    for number in range(1, draw(st.integers(2, 5)) + 1):
        known: dict[str, Any] = {
            "name": f"示例{number}有限公司",
            "credit_code": credit_code(number),
            "unit": draw(st.sampled_from(["上河村", "下河村", "新桥村"])),
            "registered_capital": draw(st.integers(1, 99_999)),
            "staff": draw(st.integers(0, 3000)),
            "founded_on": draw(st.dates(dt.date(1990, 1, 1), dt.date(2025, 8, 31))),
            "chamber_member": draw(st.booleans()),
        }
        written = {**known, "registered_capital": known["registered_capital"] * scale}
        own = [number] if serial else []
        rows.append(own + [""] * blank_column + [ways[column.name](written[column.name]) for column in order])
        expected.append({column.name: known[column.name] for column in order})
        if draw(st.integers(0, 3)) == 0:
            rows.append([])
    if draw(st.booleans()):
        rows.append(
            [draw(st.sampled_from(["合计", "合　计", "总计：", "合计（3家）"])), *[""] * len(lead), 9]
        )
    rows += draw(st.lists(st.sampled_from(BELOW), max_size=3))
    hidden = draw(st.lists(st.integers(len(above) + 3, len(rows)), max_size=2, unique=True)) if rich else []
    name = draw(st.sampled_from(["Sheet1", "企业", "2025年", "上河村", "表1-2"]))
    return Layout(Table(name, rows, merge=merge, hidden=hidden), expected)


def merged_groups(heads: list[tuple[str, str]], top: int) -> list[str]:
    """Groups merged over their columns, columns without a group merged down; ``top`` is the upper row, from 1."""
    areas, place = [], 0
    while place < len(heads):
        text, group = heads[place]
        end = place
        while group and end + 1 < len(heads) and heads[end + 1][1] == group:
            end += 1
        left, right = chr(65 + place), chr(65 + end)
        if group and end > place:
            areas.append(f"{left}{top}:{right}{top}")
        elif text and not group:
            areas.append(f"{left}{top}:{left}{top + 1}")
        place = end + 1
    return areas


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), kind=st.sampled_from(sorted(WRITERS)))
def test_the_records_are_read_exactly(tmp_path: Path, units: Units, data: st.DataObject, kind: str) -> None:
    layout = data.draw(layouts(kind in RICH))
    path = tmp_path / "ledger"
    path.write_bytes(WRITERS[kind](layout.table))
    read = batches.read_file(path, ledgers.get("enterprises"), unit=units.township, period=None)
    found = [{**row.values, "unit": row.values["unit"].name} for row in read.rows]
    for row in found:
        assert row["registered_capital"] == row["registered_capital"].quantize(Decimal(1))
    assert (found, read.errors, read.left_out) == (layout.expected, [], [])
