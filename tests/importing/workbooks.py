"""Workbooks the way offices have them, built for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ledgers.identifiers import credit_code_check_character

SAMPLE = Path(__file__).parent.parent / "data" / "enterprises.xlsx"

HEADERS = ["所在村", "企业名称", "统一社会信用代码", "注册资本（万元）", "从业人数（人）"]


def credit_code(number: int) -> str:
    body = f"91330281MA{number:07d}"
    return body + credit_code_check_character(body)


def company(number: int, village: str = "上河村", capital: Any = 100, staff: Any = 10) -> list[Any]:
    """A good row under ``HEADERS``."""
    return [village, f"示例企业{number}有限公司", credit_code(number), capital, staff]


def book(
    *sheets: tuple[str, Iterable[Sequence[Any]]], merge: Sequence[str] = (), epoch1904: bool = False
) -> bytes:
    """An .xlsx with the given sheets; ``merge`` areas are merged in the first one."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)  # type: ignore[arg-type]
    if epoch1904:
        workbook.epoch = CALENDAR_MAC_1904
    for name, rows in sheets:
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for area in merge:
        workbook.worksheets[0].merge_cells(area)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def simple(*rows: Sequence[Any], name: str = "企业", **options: Any) -> bytes:
    """One sheet of ``rows`` under ``HEADERS`` in row 1."""
    return book((name, [HEADERS, *rows]), **options)


def with_sheet_xml(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with the XML of its first sheet changed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for name in source.namelist():
            content = source.read(name)
            copy.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return target.getvalue()


def office_sample() -> bytes:
    """An enterprise ledger with everything at once: title, 填报单位, two header rows, merges, total, footer."""
    rows: list[list[Any]] = [
        ["东山镇非公有制企业台账", *[""] * 10],
        ["填报单位：东山镇统战办", *[""] * 7, "填报时间：2025年9月"],
        ["序号", "所在村", "企业基本情况", "", "", "", "规模", "", "商会", "", "备注"],
        [
            *["", "", "企业名称", "统一社会信用代码", "法定代表人", "联系电话"],
            *["注册资本（万元）", "从业人数（人）", "是否会员", "入会时间", ""],
        ],
    ]
    capitals, staffs = ["1，200", "３００", "80.5", 2000], ["35人", 8, "４０", " 16 "]
    members, since = ["√", "否", "×", "是"], ["2020年3月", "", "", "2019.5"]
    for number in range(1, 7):
        village = {1: "上河村", 3: "下河村", 5: "新桥村"}.get(number, "")
        pick = (number - 1) % 4
        rows.append(
            [
                *[number, village, f"东山示例{number}有限公司", credit_code(number)],
                *[f"负责人{number}", f"0574-8000000{number}"],
                *[capitals[pick], staffs[pick], members[pick], since[pick], "无"],
            ]
        )
        if number == 2:
            rows.append([""] * 11)
    rows += [
        ["合 计", "", "6家"],
        [""] * 11,
        ["填表人:示例", "", "", "审核人:示例", "", "", "", "联系电话:0574-80000000"],
    ]
    merge = ["A1:K1", "A3:A4", "B3:B4", "C3:F3", "G3:H3", "I3:J3", "K3:K4", "B5:B6", "B8:B9", "B10:B11"]
    return book(("Sheet1", rows), merge=merge)
