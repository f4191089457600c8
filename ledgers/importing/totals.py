"""All that is kept of a workbook for a count ledger between its upload and the confirmation (README, Boundaries 3).

``totals_of`` makes plain JSON of what was read: whole numbers by unit, period and group, and where in the file they
stand. ``revived`` makes of it what ``plan.match`` takes. The preview is made from what is kept, so that nothing else
can be in it. What the file itself says (labels, names of its sheets, wrong cells) is replaced by words of our own: in a
list without a header, the first person stands where the labels are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from django.db import models

from ledgers.importing.content import Read, ReadRow, WrongCell
from ledgers.importing.grid import Grid
from ledgers.importing.headers import Label, Match
from ledgers.importing.layout import Understanding
from ledgers.importing.lookups import Lookups
from ledgers.importing.normalise import column_letters, fold
from ledgers.importing.plan import Plan
from ledgers.importing.sheets import Column
from ledgers.models import OrgUnit
from ledgers.registry import Ledger

#: Names of sheets that say nothing about anybody; others go by their number.
_PLAIN_NAME: Final = re.compile(
    r"(?:sheet|工作表|表)?\d{0,3}|csv|第\d+个工作表|(?:20\d\d年?)?(?:第?[一二三四1-4]季度|q[1-4])?|"
    r"(?:人员|少数民族)?(?:花名册|名册|名单|台账|汇总表?|统计表|明细表?)"
)
#: Wrong cells that are kept; whoever has more hands the file in again.
KEPT_ERRORS: Final = 5000


def totals_of(read: Read) -> dict[str, Any]:
    """What is kept; making it of a revived ``Read`` changes nothing."""
    columns = _columns(read.ledger)
    understood = [*((found, "") for found in read.sheets), *read.left_out]
    place = {id(found): number for number, (found, _) in enumerate(understood)}
    by_name = {found.name: number for number, (found, _) in enumerate(understood)}
    return {
        "sheets": [_sheet(found, why, read.lookups, columns) for found, why in understood],
        "rows": [
            {
                "sheet": place[id(row.sheet)],
                "row": row.row,
                "values": {name: _plain(value) for name, value in row.values.items()},
            }
            for row in read.rows
        ],
        "errors": [
            {
                "sheet": by_name[error.sheet],
                "row": error.row,
                "cell": error.cell,
                "column": _own_label(understood[by_name[error.sheet]][0], error, columns),
                "problem": error.problem,
            }
            for error in read.errors[:KEPT_ERRORS]
        ],
        "counted": read.counted,
    }


def revived(kept: dict[str, Any], ledger: Ledger, unit: OrgUnit) -> Read:
    """What was read, as far as it was kept."""
    lookups = Lookups(unit)
    columns = _columns(ledger)
    understood = [_understanding(described, columns) for described in kept["sheets"]]
    read = Read(ledger, unit, lookups, [], [], [], [], counted=kept["counted"])
    for found, described in zip(understood, kept["sheets"], strict=True):
        if described["why"]:
            read.left_out.append((found, described["why"]))
        else:
            read.sheets.append(found)
    for error in kept["errors"]:
        found = understood[error["sheet"]]
        read.errors.append(
            WrongCell(found.name, error["row"], error["cell"], error["column"], error["problem"])
        )
    for row in kept["rows"]:
        found = understood[row["sheet"]]
        own = lookups.units.get(row["values"]["unit"])
        if own is None:  # moved out of reach since the upload
            problem = "这一行的单位已不在填报范围内，请重新上传。"
            read.errors.append(WrongCell(found.name, row["row"], f"A{row['row'] + 1}", "", problem))
        else:
            read.rows.append(ReadRow(found, row["row"], row["values"] | {"unit": own}))
    return read


def discreet(plan: Plan) -> Plan:
    """The plan with nothing in what it tells about the file (sheets and errors) that the file itself says."""
    kept = totals_of(replace(plan.read, errors=plan.errors))
    read = revived(kept, plan.read.ledger, plan.read.reach)
    return replace(plan, read=read, errors=read.errors)


def _columns(ledger: Ledger) -> dict[str, Column]:
    assert ledger.sheet is not None  # noqa: S101  # it has been read with
    listed = {} if ledger.sheet.name_list is None else ledger.sheet.name_list.columns()
    return {**listed, **ledger.sheet.columns()}


def _plain(value: Any) -> Any:
    """Units by their key; everything else in these ledgers is JSON already, and must be."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, int | str):
        return value
    raise TypeError(type(value).__name__)


def _sheet(found: Understanding, why: str, lookups: Lookups, columns: dict[str, Column]) -> dict[str, Any]:
    return {
        "name": _own_name(found, lookups),
        "position": found.grid.position,
        "hidden": found.grid.hidden,
        "why": why,
        "header_rows": found.header_rows,
        "signature": found.signature,
        "columns": [
            [match.label.index, match.field, match.how, match.label.unit if match.field else ""]
            for match in found.matches
        ],
        "missing": found.missing,
        "height": len(found.grid.rows),
        "rows": [found.rows[0], found.rows[-1], len(found.rows)] if found.rows else [],
        "skipped": found.skipped,
    }


def _understanding(described: dict[str, Any], columns: dict[str, Column]) -> Understanding:
    rows: list[int] = []
    if described["rows"]:
        first, last, count = described["rows"]
        # Only where the table begins and ends and how long it is are asked for.
        rows = [first] * (count - 1) + [last]
    matches = [
        Match(Label(index, 0, _label(index, name, columns), "", unit, ()), name, how)
        for index, name, how, unit in described["columns"]
    ]
    # Blank rows: an address can be made of them, a quotation cannot.
    blank: list[list[Any]] = [[]] * described["height"]
    return Understanding(
        Grid(described["name"], blank, hidden=described["hidden"], position=described["position"]),
        header_rows=described["header_rows"],
        matches=matches,
        rows=rows,
        skipped=[(row, why) for row, why in described["skipped"]],
        signature=described["signature"],
        missing=described["missing"],
    )


def _label(index: int, name: str, columns: dict[str, Column]) -> str:
    return columns[name].label if name in columns else f"{column_letters(index)}列"


def _own_label(found: Understanding, error: WrongCell, columns: dict[str, Column]) -> str:
    letters = error.cell.rstrip("0123456789")
    return next(
        (
            columns[match.field].label
            for match in found.matches
            if match.field and column_letters(match.label.index) == letters
        ),
        "",
    )


def _own_name(found: Understanding, lookups: Lookups) -> str:
    name = found.name
    if _PLAIN_NAME.fullmatch(fold(name)) or lookups.unit_or_none(name) is not None:
        return name
    return f"第{found.grid.position + 1}个工作表"
