"""What reading a file gives: sheets of plain values. Nothing here needs Django or the file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any


class ErrorCell(str):
    """A cell that holds a formula error, such as ``#DIV/0!``."""

    __slots__ = ()


@dataclass(slots=True)
class Grid:
    """One sheet. Rows and columns count from 0 at A1, whatever part of the sheet is used."""

    name: str
    rows: list[list[Any]]
    #: Merged areas as ((top, left), (bottom, right)), both inclusive; empty when the format does not tell.
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    #: The sheet itself is hidden.
    hidden: bool = False
    #: Place among the sheets of the workbook, from 0.
    position: int = 0

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)


@dataclass(slots=True)
class Workbook:
    kind: str
    sheets: list[Grid]
    date1904: bool = False


def columns_of(rows: Sequence[list[Any]], indices: Collection[int]) -> dict[int, Sequence[Any]]:
    """Columns of rows by their index, blank where a row is too short."""
    if not indices:
        return {}
    width = max(indices) + 1
    full = (row if len(row) >= width else row + [""] * (width - len(row)) for row in rows)
    # Rows are gone through once, and not once for every column: there are more of them than a processor keeps near.
    picked = zip(*map(itemgetter(*indices, width - 1), full), strict=True)
    return dict(zip(indices, picked, strict=False))
