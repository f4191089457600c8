"""How wide the columns of a printed table are, the same in PDF and Word.

A renderer left to itself gives a number with a long heading (2026年第三季度) the room of the names beside it, and
breaks those into one character a line. Here a heading may stand in two lines, numbers get what they take, and text
shares the rest.
"""

from __future__ import annotations

import re
from typing import Final

from reporting.documents import model
from reporting.documents.characters import width

#: Room beside the text of a cell, in characters.
_BESIDE: Final = 1.05
#: Characters a column of text asks for at most before its lines are broken, and any column at least.
_WIDEST: Final = 24.0
_NARROWEST: Final = 2.0
#: What a column of text keeps when there is little room.
READABLE: Final = 10.0
#: A table of no more rows is not broken between pages.
_SHORT_ROWS: Final = 12
_YEAR: Final = re.compile(r"(\d{4}年)(.+)")


def is_short(table: model.Table) -> bool:
    return len(table.rows) <= _SHORT_ROWS


def heading_parts(label: str) -> tuple[str, ...]:
    """The parts between which a heading may be broken: 2026年 and 第三季度."""
    match = _YEAR.fullmatch(label)
    return match.groups() if match else (label,)


def column_widths(table: model.Table, total: int) -> list[int]:
    """The width of each column, ``total`` in all; ``total`` stands for the text block's 42 characters of 10.5 pt."""
    character = total / 42.1
    wanted, least = [], []
    for index, column in enumerate(table.columns):
        heading = max(map(width, heading_parts(column.label)))
        longest = max([heading, *(width(model.plain(row[index])) for row in table.rows)])
        wanted.append(max(_NARROWEST, min(longest, _WIDEST)) + _BESIDE)
        # Only text can be broken into lines.
        is_text = column.align == "left"
        least.append(min(wanted[-1], max(heading, READABLE) + _BESIDE) if is_text else wanted[-1])
    room = total / character
    spare = room - sum(wanted)
    if spare >= 0:
        flexible = [number for number, column in enumerate(table.columns) if column.align == "left"]
        flexible = flexible or list(range(len(wanted)))
        taken = sum(wanted[number] for number in flexible)
        for number in flexible:
            wanted[number] += spare * wanted[number] / taken
    else:
        # What is missing is taken from the columns that have most above what they need.
        above = [size - low for size, low in zip(wanted, least, strict=True)]
        if sum(above) >= -spare:
            wanted = [size + spare * more / sum(above) for size, more in zip(wanted, above, strict=True)]
        else:
            wanted = [size * room / sum(least) for size in least]
    sizes = [round(size * character) for size in wanted]
    sizes[-1] += total - sum(sizes)
    return sizes
