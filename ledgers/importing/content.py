"""What is read of a file: its rows as values, and everything that is wrong in it.

Rows are kept by column, as they are read, compared and written: what is done to a column is one step, what is done to
its rows would be as many as there are. Whoever needs a row gets it as an object of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from ledgers.importing.layout import Understanding
from ledgers.importing.lookups import Lookups
from ledgers.importing.sheets import LedgerSheet
from ledgers.models import OrgUnit
from ledgers.periods import Period

if TYPE_CHECKING:
    from ledgers.registry import Ledger

Progress = Callable[[int, int, str], None]

#: Rows read, compared and written at a time: what is held of the records does not grow with the file.
PIECE: Final = 5000


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A cell that cannot be taken. ``value`` is for the screen of whoever handed the file over, never for a log."""

    sheet: str
    row: int
    cell: str
    column: str
    problem: str
    value: str = ""

    def as_json(self) -> dict[str, str]:
        return {"sheet": self.sheet, "cell": self.cell, "column": self.column, "problem": self.problem}


@dataclass(slots=True)
class ReadRow:
    """One record row of the file. ``values`` holds what the file says; blank cells are absent."""

    sheet: Understanding
    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class Block:
    """Record rows of one sheet by column: ``values`` holds what the file says, None where a cell is blank."""

    sheet: Understanding
    numbers: list[int]
    values: dict[str, list[Any]]

    def __len__(self) -> int:
        return len(self.numbers)

    def row(self, position: int) -> ReadRow:
        values = {
            name: column[position] for name, column in self.values.items() if column[position] is not None
        }
        return ReadRow(self.sheet, self.numbers[position], values)

    def rows(self) -> Iterator[ReadRow]:
        return map(self.row, range(len(self)))

    def only(self, positions: Collection[int]) -> Block:
        """The rows at ``positions``, which ascend; columns of which nothing is left are left out."""
        if len(positions) == len(self):
            return self
        columns = {name: [column[at] for at in positions] for name, column in self.values.items()}
        return Block(
            self.sheet,
            [self.numbers[at] for at in positions],
            {name: column for name, column in columns.items() if any(value is not None for value in column)},
        )


@dataclass(slots=True)
class Read:
    """The file as far as it can be understood without looking at the records."""

    ledger: Ledger
    reach: OrgUnit
    lookups: Lookups
    sheets: list[Understanding]
    left_out: list[tuple[Understanding, str]]
    #: Rows that are objects of their own, see ``rows``.
    single: list[ReadRow]
    errors: list[WrongCell]
    #: What a name list came to, by village or group; None for an ordinary table.
    counted: dict[str, dict[str, int]] | None = None
    #: The period of rows for which neither the file nor its user says one.
    fallback: Period | None = None
    #: Rows by column, as long as nobody has asked for ``rows``.
    blocks: list[Block] = field(default_factory=list)

    @property
    def rows(self) -> list[ReadRow]:
        """The rows one by one, to be added to and taken from; from now on they are no blocks any more."""
        if self.blocks:
            self.single += chain.from_iterable(block.rows() for block in self.blocks)
            self.blocks.clear()
        return self.single

    @property
    def sheet(self) -> type[LedgerSheet]:
        assert self.ledger.sheet is not None  # noqa: S101  # read_rows has refused a ledger without a sheet
        return self.ledger.sheet
