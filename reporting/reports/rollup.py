"""The townships of a county side by side: the figures that reports are asked for most, and who still owes returns."""

from __future__ import annotations

from typing import Final

from ledgers.indicators import Number, indicators
from ledgers.models import OrgUnit
from reporting.documents.model import Block, Column, FigureRun, Runs, Table, text
from reporting.reports.facts import Facts

#: A table of more columns does not fit the page.
KEY_FIGURES: Final = (
    "work.meetings",
    "work.trainings",
    "work.briefs",
    "ethnicity.minority_residents",
    "ethnicity.unity_events",
    "religion.inspections",
    "overseas.persons",
    "nonpublic.enterprises",
    "representatives.total",
)
NOTHING: Final = "—"


def tables(facts: Facts) -> tuple[Block, ...]:
    """For a unit that has townships; villages are shown on the dashboard only, where counts are the ledger's own."""
    if not facts.children or any(unit.level != OrgUnit.Level.TOWNSHIP for unit in facts.children):
        return ()
    codes = [code for code in KEY_FIGURES if code in facts.by_code]
    owed = [figure.code for pair in facts.returns for figure in pair]
    values = facts.of_children([*codes, *owed])
    found: list[Block] = [_table("各乡镇（街道）主要数据", facts, codes, values)]
    if owed:
        found.append(_table("各乡镇（街道）季报填报情况", facts, owed, values))
    return tuple(found)


def _label(code: str) -> str:
    indicator = indicators.get(code)
    return f"{indicator.label}（{indicator.unit}）"


def _table(title: str, facts: Facts, codes: list[str], values: dict[int, dict[str, Number | None]]) -> Table:
    columns = (Column("单位"), *(Column(_label(code), "right") for code in codes))
    rows: list[tuple[Runs, ...]] = [
        (text(unit.name), *(_cell(code, values[unit.pk][code], unit.code) for code in codes))
        for unit in facts.children
    ]
    rows.append((text("合计"), *(_cell(code, facts.by_code[code].value, "") for code in codes)))
    return Table(title, columns, tuple(rows))


def _cell(code: str, value: Number | None, unit_code: str) -> Runs:
    if value is None:
        return text(NOTHING)
    return (FigureRun(code, indicators.get(code).format(value), unit=unit_code),)
