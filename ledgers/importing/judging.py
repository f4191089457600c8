"""What is wrong with records that rows would make, before they are made: one by one, or by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledgers.importing.constraints import Broken, broken
from ledgers.models import Record

if TYPE_CHECKING:
    from ledgers.importing.content import Block, ReadRow
    from ledgers.importing.matching import Matcher

OUT_OF_REACH = "这条记录属于填报范围以外的单位，不能由您导入。"


def judged(matcher: Matcher, row: ReadRow) -> tuple[Record, list[tuple[str, str]]]:
    """The unsaved record that a row makes, and what is wrong with it: (field or "", sentence).

    The sheet's ``check`` may complete the record, so that a record to be written comes by here as well.
    """
    record = matcher.new_record(row)
    return record, problems_of(matcher, record)


def problems_of(matcher: Matcher, record: Record) -> list[tuple[str, str]]:
    problems = list(matcher.sheet.check(record))
    problems += [("", text) for text in broken(record, {name for name, _ in problems})]
    if not matcher.lookups.allows(record.unit_id):
        problems.append(("", OUT_OF_REACH))
    return problems


class ColumnJudge:
    """Tells whether every row of a block makes a sound record, of a ledger whose records are written plainly.

    Rows are judged by what they have in common: no more often than there are different values.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self._broken = Broken(matcher.model)
        self._allowed: set[Any] = set()

    def passes(self, block: Block) -> bool:
        columns, maker = self.matcher.stored(block), self.matcher.maker
        different = set(columns.get("unit", ())) - self._allowed
        if "unit" not in columns or not all(map(self.matcher.lookups.allows, different)):
            return False
        self._allowed |= different
        return not self._broken.in_any(lambda name: maker.column(name, columns.get(name), len(block)))
