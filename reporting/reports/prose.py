"""Sentences in the plain style of official summaries, made of figures only.

Nothing is said of a figure that is zero, no rate is printed on a base of zero, and every number is a FigureRun.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from ledgers.indicators import Change, Figure, Number
from reporting.documents.model import FigureRun, Paragraph, Run, Runs, TextRun, chinese_number, text

#: 其中 names parts of the clause before it; several of them share one 其中.
_OF_WHICH: Final = "其中"


def day(date: dt.date) -> str:
    """A date without leading zeros, as GB/T 9704-2012 has it."""
    return f"{date.year}年{date.month}月{date.day}日"


def amount(figure: Figure, value: Number | None = None) -> FigureRun:
    """The figure's value, or another number of the same kind, with its unit: 6248人, 12.5万元."""
    number = figure.indicator.format(figure.value if value is None else value)
    return FigureRun(figure.code, f"{number}{figure.unit}")


def bare(figure: Figure, value: Number | None) -> str:
    """A number of the figure's kind with its unit, where it is not the ledger's own, as a target."""
    return f"{figure.indicator.format(value)}{figure.unit}"


def clause(figure: Figure) -> Runs:
    """The figure's phrase with its value in place: 召开专题研究会议3次."""
    before, _, after = (figure.indicator.phrase or f"{figure.label}{{}}").partition("{}")
    return text(before, amount(figure), after)


def enumerate_clauses(figures: Iterable[Figure]) -> Runs:
    """The phrases of all figures above zero, joined to one sentence without its full stop; empty when none is."""
    runs: list[Run] = []
    in_parts = False
    for figure in figures:
        if not figure.value or not figure.indicator.is_said:
            continue
        said = clause(figure)
        is_part = isinstance(said[0], TextRun) and said[0].text.startswith(_OF_WHICH)
        if runs:
            runs.append(TextRun("、" if is_part and in_parts else "，"))
        if is_part and in_parts:
            said = text(said[0].text.removeprefix(_OF_WHICH), *said[1:])
        runs.extend(said)
        in_parts = is_part
    return tuple(runs)


def comparison(figure: Figure, change: Change | None) -> Runs:
    """信息报送增加5篇，增长12.5%; empty when nothing changed or the base is zero."""
    if change is None or change.rate is None or not change.difference:
        return ()
    more = change.difference > 0
    return text(
        f"{figure.label}{'增加' if more else '减少'}",
        amount(figure, change.difference if more else -change.difference),
        f"，{'增长' if more else '下降'}",
        FigureRun(figure.code, rate(abs(change.rate))),
    )


def rate(value: Decimal) -> str:
    """A percentage to one decimal."""
    return f"{value:.1f}%"


def join(parts: Sequence[Runs], separator: str) -> Runs:
    runs: list[Run] = []
    for number, part in enumerate(parts):
        if number:
            runs.append(TextRun(separator))
        runs.extend(part)
    return tuple(runs)


def paragraph(*parts: str | Run | Runs) -> Paragraph:
    """A paragraph from strings, runs and groups of runs."""
    runs: list[str | Run] = []
    for part in parts:
        if isinstance(part, tuple):
            runs.extend(part)
        else:
            runs.append(part)
    return Paragraph(text(*runs))


def listed(points: Sequence[Runs]) -> list[Paragraph]:
    """One paragraph a point, 一是…二是…; a single point stands without a number."""
    if len(points) == 1:
        return [paragraph(points[0])]
    return [paragraph(f"{chinese_number(number)}是", point) for number, point in enumerate(points, start=1)]
