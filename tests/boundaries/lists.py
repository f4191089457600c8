"""A small name list, and looking for it where it must not be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection

from tests.returns.test_imports import workbook

NAMES = ["祎犇样1", "珺犇样2", "赟堃样3", "翀芃样4", "堃堃样5", "飏珺样6", "璿翀样7"]
NUMBERS = [f"7805771010558173{number}X" for number in range(7)]


COUNT_LEDGERS = ["population-returns", "ethnic-composition", "overseas-returns", "region-composition"]


HEADER = "序号,村（社区）,姓名,民族,类别,身份证号,备注"


def name_list(path: Path, wrong: bool = False) -> Path:
    rows: list[list[Any]] = [
        ["少数民族人员花名册"],
        ["单位：人", "", "", "", "", "2025年三季度"],
        ["序号", "村（社区）", "姓名", "民族", "类别", "身份证号"],
    ]
    villages = ["上河村", "", "", "下河村", "", "", ""]
    kinds = ["户籍", "流动", "流动", "户籍", "流动", "流动", "流动"]
    groups = ["土家族", "土家族", "苗族", "土家族", "土家族", "苗族", "汉族"]
    for place, name in enumerate(NAMES):
        kind = "不详" if wrong and place == 1 else kinds[place]
        rows.append([place + 1, villages[place], name, groups[place], kind, NUMBERS[place]])
    rows.append(["合计", "", 7])
    return workbook(path, rows)


def everything_in_the_database() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


def files_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def assert_nothing_of_it(text: str | bytes) -> None:
    """Looks for the names in the ways they may be written: as they are, escaped in JSON, and in UTF-16."""
    data = text.encode() if isinstance(text, str) else text
    for secret in (*NAMES, *NUMBERS):
        for written in spellings(secret):
            assert written not in data, secret


def spellings(text: str) -> Iterable[bytes]:
    escaped = json.dumps(text)[1:-1].encode()
    return {text.encode(), text.encode("utf-16-le"), text.encode("gb18030"), escaped, escaped.upper()}


def large_list() -> bytes:
    """A list of several megabytes, as text: six that count and the padding of a remark."""
    villages = ["上河村", "上河村", "下河村", "下河村", "下河村", "下河村"]
    lines = [HEADER]
    for number, village in enumerate(villages):
        kind = "流动" if number % 2 else "户籍"
        lines.append(f"{number + 1},{village},{NAMES[number]},苗族,{kind},{NUMBERS[number]},")
    lines += [f"{number},新桥村,某人{number},汉族,户籍,,{'附' * 9_000}" for number in range(7, 150)]
    return "\n".join(lines).encode()
