"""The list of units as a CSV file (code,name,parent): read, checked as a whole, applied or refused as a whole."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.db import transaction

from ledgers.models import OrgUnit

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_NAME: Final = 60

# The header may be in English, as our own files have it, or in Chinese, as an office would write it.
_HEADERS: Final = {
    "code": {"code", "区划代码", "代码", "统计用区划代码"},
    "name": {"name", "名称", "单位名称", "单位"},
    "parent": {"parent", "上级", "上级代码", "上级区划代码", "上级单位"},
}
_RANK: Final = {OrgUnit.Level.COUNTY: 0, OrgUnit.Level.TOWNSHIP: 1, OrgUnit.Level.VILLAGE: 2}


class UnitFileUnusable(Exception):
    """The file cannot be read as a list of units; the message says why."""


class UnitFileRejected(Exception):
    """Some lines are wrong; ``problems`` has one sentence for each, with its line number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"文件中有{len(problems)}处错误，没有写入任何单位：{' '.join(problems)}")
        self.problems = problems


@dataclass(frozen=True)
class UnitRow:
    line: int
    code: str
    name: str
    parent: str

    @property
    def level(self) -> OrgUnit.Level:
        """From the structure of the 12-digit code (国家统计局《统计用区划代码和城乡划分代码编制规则》):
        six digits to the county, three for the township, three for the village.
        """
        if self.code.endswith("000000"):
            return OrgUnit.Level.COUNTY
        return OrgUnit.Level.TOWNSHIP if self.code.endswith("000") else OrgUnit.Level.VILLAGE

    @property
    def parent_by_code(self) -> str:
        """The code of the unit above, as the code itself has it; empty for a county."""
        if self.level == OrgUnit.Level.VILLAGE:
            return f"{self.code[:9]}000"
        return f"{self.code[:6]}000000" if self.level == OrgUnit.Level.TOWNSHIP else ""


@dataclass
class Loaded:
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, int]:
        return {
            "created": len(self.created),
            "updated": len(self.updated),
            "unchanged": len(self.unchanged),
        }


def read_units(path: Path) -> list[UnitRow]:
    """The rows of a CSV file in UTF-8, UTF-16 or GB18030; raises UnitFileUnusable."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnitFileUnusable(f"文件 {path.name} 超过20MB，不像是单位名单，请核对。")
        raw = path.read_bytes()
    except OSError as error:
        raise UnitFileUnusable(f"无法读取文件 {path}：请核对路径和权限。") from error
    try:
        lines = list(csv.reader(io.StringIO(_decode(raw), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnitFileUnusable(f"文件 {path.name} 不是CSV文本，请另存为CSV（UTF-8）后再试。") from error
    filled = [
        (number, line) for number, line in enumerate(lines, start=1) if any(cell.strip() for cell in line)
    ]
    if not filled:
        raise UnitFileUnusable(f"文件 {path.name} 是空的，应有 code,name,parent 三列。")
    columns = _columns(filled[0][1])
    if missing := [name for name in ("code", "name", "parent") if name not in columns]:
        raise UnitFileUnusable(
            f"文件 {path.name} 的第一行缺少列：{'、'.join(missing)}；应为 code,name,parent。"
        )

    def cell(line: list[str], name: str) -> str:
        return line[columns[name]].strip() if columns[name] < len(line) else ""

    return [
        UnitRow(number, cell(line, "code"), cell(line, "name"), cell(line, "parent"))
        for number, line in filled[1:]
    ]


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _columns(header: list[str]) -> dict[str, int]:
    return {
        name: index
        for index, cell in enumerate(header)
        for name, words in _HEADERS.items()
        if cell.strip().lower() in words
    }


@transaction.atomic
def load_units(rows: Iterable[UnitRow]) -> Loaded:
    """Add the units that are missing, rename and re-attach those that differ, and leave the others alone.

    A unit without a parent goes below the unit that its code places it under, if that one is known. No unit is ever
    removed. Raises UnitFileRejected with every problem, and then nothing is written.
    """
    # Parents first, so that a file need not be in order.
    ordered = sorted(rows, key=lambda row: (_RANK[row.level], row.line))
    known: dict[str, OrgUnit] = {unit.code: unit for unit in OrgUnit.objects.all()}
    if problems := _problems(ordered, known):
        raise UnitFileRejected(problems)
    loaded = Loaded()
    for row in ordered:
        above = row.parent or (row.parent_by_code if row.parent_by_code in known else "")
        unit = known.get(row.code)
        if unit is None:
            # Adding below a unit changes its count of children, so it is read afresh.
            parent = OrgUnit.objects.get(code=above) if above else None
            known[row.code] = OrgUnit.objects.create_under(
                parent, code=row.code, name=row.name, level=row.level
            )
            loaded.created.append(row.code)
        elif _bring_up_to_date(unit, row.name, above):
            loaded.updated.append(row.code)
        else:
            loaded.unchanged.append(row.code)
    return loaded


def _bring_up_to_date(unit: OrgUnit, name: str, above: str) -> bool:
    """Rename or move an existing unit; whether anything had to be done."""
    current = OrgUnit.objects.get(pk=unit.pk)
    parent = current.parent_unit
    moved = bool(above) and (parent is None or parent.code != above)
    if current.name != name:
        OrgUnit.objects.filter(pk=unit.pk).update(name=name)
    if moved:
        OrgUnit.objects.move(OrgUnit.objects.get(pk=unit.pk), OrgUnit.objects.get(code=above), "last-child")
    return moved or current.name != name


def _problems(rows: list[UnitRow], known: dict[str, OrgUnit]) -> list[str]:
    found: list[tuple[int, str]] = []
    levels: dict[str, str] = {code: unit.level for code, unit in known.items()}
    levels |= {row.code: row.level for row in rows}
    seen: dict[str, int] = {}
    for row in rows:
        if problem := _row_problem(row, levels):
            found.append((row.line, problem))
        elif row.code in seen:
            found.append((row.line, f"区划代码{row.code}与第{seen[row.code]}行重复。"))
        seen.setdefault(row.code, row.line)
    return [f"第{line}行：{problem}" for line, problem in sorted(found)]


def _row_problem(row: UnitRow, levels: dict[str, str]) -> str | None:
    if not re.fullmatch(r"\d{12}", row.code, re.ASCII):
        return "区划代码应为12位数字（表格软件会丢掉末尾数字，请按文本保存）。"
    if row.code[4:6] == "00":
        return "这是省或市一级的代码，只登记区县、乡镇（街道）和村（社区）。"
    if not row.name:
        return "没有填写名称。"
    if len(row.name) > MAX_NAME:
        return f"名称过长，最多{MAX_NAME}个字。"
    if row.parent:
        if row.parent not in levels:
            return f"上级{row.parent[:20]}既不在文件中，也没有登记过。"
        if _RANK[OrgUnit.Level(levels[row.parent])] >= _RANK[row.level]:
            return f"上级{row.parent}的级别不高于本单位，请核对。"
    elif row.level == OrgUnit.Level.VILLAGE and row.parent_by_code not in levels:
        return "村（社区）应填写上级乡镇（街道）的代码。"
    return None
