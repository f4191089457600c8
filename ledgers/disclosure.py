"""Small groups are not shown (README, Boundaries 2): one rule, applied before a table is stored.

A table counts people by group (ethnic group, region of residence), each row with its parts (registered and migrant;
households). What leaves here can be published together with its totals: nothing in it, and nothing that subtraction
gets out of it, tells how many people a small group has.

1. Rows of fewer than five people are merged into 其他. While that line is itself below five, or has no more people
   than groups (then each group would be one person), it takes in the next smallest group.
2. A row with a part of one to four people keeps its number of people only. The parts that can still be worked out from
   the totals are those of all such rows together, so more rows, smallest first, give up their parts until every hidden
   part could be five or more.
3. Where no two rows are left to hide behind each other, only the totals remain.

Because tables are protected before they are stored, no page, export, document, JSON, history row or backup can show
more than this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

#: Groups with fewer people are not shown.
THRESHOLD: Final = 5
#: The key of the merged line.
OTHER: Final = "other"
OTHER_LABEL: Final = "其他"


@dataclass(frozen=True)
class Row:
    """People of one group, or of the ``groups`` merged into 其他. ``parts`` is None where they are hidden."""

    persons: int
    parts: tuple[int, ...] | None
    groups: int = 1


@dataclass(frozen=True)
class Table:
    """Rows by group, with the totals that are published beside them.

    ``least`` is the smallest part that a group which is there can have: 0 registered persons, but 1 household.
    """

    rows: Mapping[str, Row]
    totals: tuple[int, ...]
    least: int = 0

    @property
    def persons(self) -> int:
        return sum(row.persons for row in self.rows.values())


def protect(table: Table) -> Table:
    """The table as it may be stored and shown; protecting it again changes nothing."""
    rows = _merge_small({key: row for key, row in table.rows.items() if row.persons > 0})
    return replace(table, rows=_hide_parts(rows, table.totals, table.least))


def _smallest(rows: Mapping[str, Row], among: Iterable[str]) -> str | None:
    """The key of the smallest row; equal rows in the order of their keys."""
    return min(among, key=lambda key: (rows[key].persons, key), default=None)


def _merged(rows: Iterable[Row]) -> Row:
    members = list(rows)
    known = [row.parts for row in members if row.parts is not None]
    parts = tuple(sum(column) for column in zip(*known, strict=True)) if len(known) == len(members) else None
    return Row(sum(row.persons for row in members), parts, sum(row.groups for row in members))


def _merge_small(rows: dict[str, Row]) -> dict[str, Row]:
    small = [key for key, row in rows.items() if key == OTHER or row.persons < THRESHOLD]
    if not small:
        return rows
    named = {key: row for key, row in rows.items() if key not in small}
    other = _merged(rows[key] for key in small)
    while other.persons < THRESHOLD or (other.groups > 1 and other.persons <= other.groups):
        smallest = _smallest(named, named)
        if smallest is None:
            return {}
        other = _merged([other, named.pop(smallest)])
    # 其他 alone says no more than the totals do.
    return {**named, OTHER: other} if named else {}


def _is_small(part: int) -> bool:
    return 0 < part < THRESHOLD


def _hide_parts(rows: dict[str, Row], totals: tuple[int, ...], least: int) -> dict[str, Row]:
    hidden = {key for key, row in rows.items() if row.parts is None or any(map(_is_small, row.parts))}
    while hidden and not _hides(rows, hidden, totals, least):
        following = _smallest(rows, rows.keys() - hidden)
        if following is None:
            break
        hidden.add(following)
    if hidden == rows.keys() and _gives_away(rows, totals, least):
        return {}
    return {key: replace(row, parts=None) if key in hidden else row for key, row in rows.items()}


def _hides(rows: Mapping[str, Row], hidden: set[str], totals: tuple[int, ...], least: int) -> bool:
    """Whether every hidden part could, for all that the table tells, be five or more."""
    return all(
        most == 0 or most >= THRESHOLD for _, most in possible_parts(rows, hidden, totals, least).values()
    )


def _gives_away(rows: Mapping[str, Row], totals: tuple[int, ...], least: int) -> bool:
    """Whether, with every part hidden, the totals alone still tell a small one."""
    bounds = possible_parts(rows, set(rows), totals, least)
    return any(fewest == most and _is_small(most) for fewest, most in bounds.values())


def possible_parts(
    rows: Mapping[str, Row], hidden: set[str], totals: tuple[int, ...], least: int = 0
) -> dict[tuple[str, int], tuple[int, int]]:
    """(group, number of the part) → the fewest and the most that a hidden part can be, given all that is published."""
    bounds: dict[tuple[str, int], tuple[int, int]] = {}
    persons = sum(rows[key].persons for key in hidden)
    groups = sum(rows[key].groups for key in hidden)
    for number, total in enumerate(totals):
        shown = sum(row.parts[number] for key, row in rows.items() if key not in hidden and row.parts)
        rest = total - shown
        for key in hidden:
            row = rows[key]
            most = min(row.persons, rest - least * (groups - row.groups))
            fewest = max(least * row.groups, rest - (persons - row.persons))
            bounds[key, number] = (fewest, most)
    return bounds
