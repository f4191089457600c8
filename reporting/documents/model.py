"""The document model: what a report says, before anybody decides how it looks.

One document feeds every output (PDF, web page, later Word). A number that comes from an indicator is a
``FigureRun`` and never plain text, so that each output can lead the reader back to the records behind it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Final, Literal

from reporting.charts import ChartSpec, Series

Align = Literal["left", "center", "right"]


class DocumentError(ValueError):
    """Stored JSON is not a document of this model."""


@dataclass(frozen=True)
class TextRun:
    text: str


@dataclass(frozen=True)
class FigureRun:
    """A number as it is printed, with the code of the indicator it comes from.

    ``period`` is empty for the report's own period; a comparison names the earlier one. ``unit`` is empty for the
    report's own unit; a table of the units below names the code of each.
    """

    code: str
    text: str
    period: str = ""
    unit: str = ""


Run = TextRun | FigureRun
Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Title:
    """The title, already broken into lines by sense."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Addressee:
    """The office the document is sent to (主送机关), without the colon."""

    text: str


@dataclass(frozen=True)
class Heading:
    """``level`` 1-4. The number (一、 （一） 1. （1）) is not part of the text; see ``numbers``."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True)
class Column:
    label: str
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Runs, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing with its description for those who cannot see it, and the numbers it draws."""

    spec: ChartSpec
    alt: str
    table: Table


@dataclass(frozen=True)
class AnnexNote:
    """附件说明: the list of annexes below the body."""

    titles: tuple[str, ...]


@dataclass(frozen=True)
class Annex:
    """Start of an annex on a new page: its mark (附件1) and its title."""

    label: str
    title: str


@dataclass(frozen=True)
class Signature:
    office: str
    date: dt.date


@dataclass(frozen=True)
class PageBreak:
    pass


Block = Title | Addressee | Heading | Paragraph | Table | Chart | AnnexNote | Annex | Signature | PageBreak


@dataclass(frozen=True)
class Document:
    """``name`` is the title in one line, as file metadata have it."""

    name: str
    office: str
    date: dt.date
    blocks: tuple[Block, ...]
    keywords: tuple[str, ...] = field(default=())

    def figure_codes(self) -> list[str]:
        """Codes of all indicators the document prints a number of, in the order of appearance."""
        return list(dict.fromkeys(run.code for run in self.figure_runs()))

    def figure_runs(self) -> list[FigureRun]:
        """Every number that comes from an indicator, in the order of appearance."""
        return list(figure_runs(self.blocks))


def text(*parts: str | Run) -> Runs:
    """Runs from strings and figures: ``text("召开会议", FigureRun("work.meetings", "3次"), "。")``."""
    return tuple(TextRun(part) if isinstance(part, str) else part for part in parts if part != "")


def plain(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs)


def figure_runs(blocks: Sequence[Block]) -> Iterator[FigureRun]:
    """Every number of an indicator in ``blocks``, in the order of appearance."""
    for block in blocks:
        lines: Iterable[Runs] = ()
        if isinstance(block, Paragraph):
            lines = (block.runs,)
        elif isinstance(block, Table | Chart):
            table = block.table if isinstance(block, Chart) else block
            lines = (cell for row in table.rows for cell in row)
        for line in lines:
            yield from (run for run in line if isinstance(run, FigureRun))


# --- Numbers of headings, GB/T 9704-2012 7.3.3 ----------------------------------------------------------------

_DIGITS: Final = "〇一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1-99 in Chinese numerals."""
    if not 1 <= number <= 99:
        raise ValueError("Headings are numbered from 1 to 99.")
    tens, ones = divmod(number, 10)
    lead = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return lead + (_DIGITS[ones] if ones else "")


def heading_mark(level: int, number: int) -> str:
    """The mark of a heading: 一、 （一） 1. （1） for levels 1 to 4."""
    if level == 1:
        return f"{chinese_number(number)}、"
    if level == 2:
        return f"（{chinese_number(number)}）"
    return f"{number}." if level == 3 else f"（{number}）"


def numbers(blocks: Sequence[Block]) -> dict[int, str]:
    """Index of each heading in ``blocks`` → its mark. A heading starts the count of the levels below it anew."""
    counts = [0, 0, 0, 0]
    marks: dict[int, str] = {}
    for index, block in enumerate(blocks):
        if isinstance(block, Heading):
            counts[block.level - 1] += 1
            counts[block.level :] = [0] * (4 - block.level)
            marks[index] = heading_mark(block.level, counts[block.level - 1])
    return marks


# --- JSON -----------------------------------------------------------------------------------------------------

_TYPES: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (
        *(TextRun, FigureRun, Title, Addressee, Heading, Paragraph, Column, Table, Chart, AnnexNote, Annex),
        *(Signature, PageBreak, Document, ChartSpec, Series),
    )
}


def to_json(value: Any) -> Any:
    """A document, or any part of one, as JSON-ready data. ``from_json`` is the inverse."""
    if is_dataclass(value):
        members = {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
        return {"type": type(value).__name__, **members}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


def from_json(data: Any) -> Any:
    """The document, or part, that ``to_json`` was given; raises DocumentError."""
    if isinstance(data, list):
        return tuple(from_json(item) for item in data)
    if not isinstance(data, dict):
        return data
    try:
        if "type" not in data:
            return dt.date.fromisoformat(data["date"])
        kind = _TYPES[data["type"]]
        return kind(**{name: from_json(member) for name, member in data.items() if name != "type"})
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentError(f"Not a stored document: {error}") from error
