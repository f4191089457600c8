"""From what the author wrote to what the document says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rapidfuzz import fuzz, process

from ledgers.indicators import indicators
from ledgers.periods import Period, PeriodError
from reporting.documents.model import FigureRun, Heading, Paragraph, Run, TextRun
from reporting.narrative.book import FigureBook, UnitUnknown, Wanted
from reporting.narrative.filters import FILTERS, NothingToSay
from reporting.narrative.tokens import Literal, Piece, Token, Unclosed, pieces, token

_HEADING: Final = re.compile(r"[ \t\u3000]*(?P<marks>#{2,4})[ \t\u3000]+(?P<text>.*)")
#: What is meant as a period, though it may be none; names of units do not begin so, and codes have twelve digits.
_PERIOD: Final = re.compile(r"\d{4}(?!\d)")
#: A suggestion less alike than this would only mislead.
_ALIKE: Final = 60


@dataclass(frozen=True)
class Problem:
    """A token that says nothing: where it stands in the source, why, and what was perhaps meant."""

    start: int
    end: int
    source: str
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Unresolved:
    """A token that stays in the text as it was written."""

    problem: Problem

    @property
    def text(self) -> str:
        return self.problem.source


@dataclass(frozen=True)
class Line:
    """A paragraph (``level`` 0) or a heading of level 2 to 4."""

    level: int
    runs: tuple[Run | Unresolved, ...]

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Rendered:
    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def blocks(self) -> list[Heading | Paragraph]:
        """Blocks of the document model; what could not be resolved is printed as it was written."""
        return [
            Heading(line.level, line.text)
            if line.level
            else Paragraph(
                tuple(TextRun(run.text) if isinstance(run, Unresolved) else run for run in line.runs)
            )
            for line in self.lines
        ]

    @property
    def text(self) -> str:
        """What a reader reads, a line for each paragraph."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True)
class _Parsed:
    level: int
    pieces: tuple[Piece, ...]


def _parsed(source: str) -> Iterator[_Parsed]:
    position = 0
    for line in source.split("\n"):
        level, content, start = 0, line, position
        if heading := _HEADING.match(line):
            level, content = len(heading["marks"]), heading["text"]
            start += heading.start("text")
        stripped = content.lstrip()
        start += len(content) - len(stripped)
        # An indent is the style's affair, and an empty line separates nothing that a line does not.
        if stripped := stripped.rstrip():
            yield _Parsed(level, tuple(pieces(stripped, start)))
        position += len(line) + 1


def render(source: str, book: FigureBook) -> Rendered:
    """The lines of ``source`` with its figures from ``book``, and what is wrong with its tokens."""
    lines = list(_parsed(source.replace("\r\n", "\n").replace("\r", "\n")))
    book.fetch(_wanted(lines, book))
    problems: list[Problem] = []
    return Rendered(
        tuple(Line(line.level, tuple(_runs(line, book, problems))) for line in lines), tuple(problems)
    )


def _wanted(lines: Sequence[_Parsed], book: FigureBook) -> Iterator[Wanted]:
    for line in lines:
        for piece in line.pieces:
            if isinstance(piece, Token) and piece.code in indicators:
                try:
                    yield (piece.code, *_meant(piece, book))
                except _Wrong:
                    continue


def _meant(piece: Token, book: FigureBook) -> tuple[Period, str]:
    """The period and the unit ("" for the report's own) that a token names; raises _Wrong."""
    period, unit = None, ""
    for written in piece.at:
        try:
            if _PERIOD.match(written) and period is None:
                period = Period.parse(written)
            elif not unit:
                unit = book.unit_code(piece.code, written)
            else:
                raise _Wrong("一个标记最多写一个期间和一个单位。")
        except (PeriodError, UnitUnknown) as error:
            raise _Wrong(str(error)) from None
    return period or book.period, unit


def _runs(line: _Parsed, book: FigureBook, problems: list[Problem]) -> Iterator[Run | Unresolved]:
    for piece in line.pieces:
        if isinstance(piece, Literal):
            yield TextRun(piece.text)
            continue
        try:
            if isinstance(piece, Unclosed):
                raise _Wrong("“{{”后面没有“}}”，请把标记写完整；要照原样印出，请写成“\\{{”。")
            if line.level:
                # A heading is plain text in every output, so its number could lead nowhere.
                raise _Wrong("标题里不能放数字标记，请把数字写进正文。")
            yield from _said(piece, book)
        except _Wrong as wrong:
            problem = Problem(piece.start, piece.end, piece.source, str(wrong), wrong.suggestion)
            problems.append(problem)
            yield Unresolved(problem)


class _Wrong(Exception):
    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def _said(piece: Token, book: FigureBook) -> Iterator[Run]:
    """Raises _Wrong."""
    if piece.code not in indicators:
        raise _unknown(piece)
    name = piece.filters[0] if piece.filters else ""
    if len(piece.filters) > 1:
        raise _Wrong("一个标记只能用一个格式。", token(piece.code, name, *piece.at))
    if name not in FILTERS:
        best = process.extractOne(name, [known for known in FILTERS if known], scorer=fuzz.ratio)
        known = "、".join(known for known in FILTERS if known)
        raise _Wrong(
            f"没有“{name[:20]}”这种格式，可用的有：{known}。",
            token(piece.code, best[0] if best else "", *piece.at),
        )
    period, unit = _meant(piece, book)
    named = "" if period == book.period else str(period)
    try:
        for run in FILTERS[name].say(book.figure(piece.code, period, unit), named):
            yield replace(run, unit=unit) if isinstance(run, FigureRun) else run
    except NothingToSay as nothing:
        raise _Wrong(str(nothing)) from None


def _unknown(piece: Token) -> _Wrong:
    """The nearest code, or the code of the nearest label: authors remember 少数民族人口 rather than a code."""
    names: dict[str, str] = {}
    for indicator in indicators.all():
        for name in (indicator.code, indicator.label, *indicator.synonyms):
            names.setdefault(name, indicator.code)
    best = process.extractOne(piece.code, list(names), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    suggestion = token(names[best[0]], "".join(piece.filters[:1]), *piece.at) if best else ""
    return _Wrong(f"没有“{piece.code[:40]}”这个指标。", suggestion)
