"""What reading a file gives: sheets of plain values. Nothing here needs Django or the file."""

from __future__ import annotations

from dataclasses import dataclass, field
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
