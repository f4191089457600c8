"""Sentences in the plain style of official summaries, as text with a token for every figure.

Nothing is said of a figure that is zero. What stays text is what no ledger will ever change: names and dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from ledgers.indicators import Figure
from ledgers.periods import Period
from reporting.documents.model import chinese_number
from reporting.narrative import escape, token

#: 其中 names parts of the clause before it; several of them share one 其中.
_OF_WHICH: Final = "其中"


def day(date: dt.date) -> str:
    """A date without leading zeros, as GB/T 9704-2012 has it."""
    return f"{date.year}年{date.month}月{date.day}日"


def clause(figure: Figure) -> str:
    """The figure's phrase with its token in place: 召开专题研究会议{{work.meetings}}."""
    return (figure.indicator.phrase or f"{figure.label}{{}}").replace("{}", token(figure.code))


def enumerate_clauses(figures: Iterable[Figure]) -> str:
    """The phrases of all figures above zero, joined to one sentence without its full stop; empty when none is."""
    said = last = ""
    for figure in figures:
        if not figure.value or not figure.indicator.is_said:
            continue
        phrase = clause(figure)
        words = figure.indicator.phrase.partition("{}")[0]
        if words.startswith(_OF_WHICH) and words == last:
            # Two measures of one part: 归侨168户516人.
            said += token(figure.code)
        elif words.startswith(_OF_WHICH) and last.startswith(_OF_WHICH):
            said += f"、{phrase.removeprefix(_OF_WHICH)}"
        else:
            said += f"，{phrase}" if said else phrase
        last = words
    return said


def comparison(figure: Figure) -> str:
    """信息报送{{work.briefs|yoy}}; empty when nothing changed or there is nothing to compare with."""
    change = figure.yoy
    if (
        not figure.indicator.is_said
        or change is None
        or not change.difference
        or not figure.same_period_last_year
    ):
        return ""
    return f"{figure.label}{token(figure.code, 'yoy')}"


def quoted(names: Iterable[object]) -> str:
    """“甲”“乙”: texts of records, which must never be taken for tokens."""
    return "".join(f"“{escape(str(name))}”" for name in names)


def paragraphs(*lines: str) -> str:
    """The source of a section: a line for each paragraph, empty ones left out."""
    return "\n".join(line for line in lines if line)


def listed(points: Sequence[str]) -> str:
    """One paragraph a point, 一是…二是…; a single point stands without a number."""
    if len(points) == 1:
        return points[0]
    return paragraphs(*(f"{chinese_number(number)}是{point}" for number, point in enumerate(points, start=1)))


def span(period: Period, *, as_at: dt.date, is_over: bool) -> str:
    """How a sentence about the period begins; a year that is still running has not been a whole one."""
    if period.kind == "year":
        whole, running = "全年", "今年以来"
    elif period.kind == "half":
        whole = running = f"{'上下'[period.number - 1]}半年"
    else:
        whole = running = "本季度"
    return whole if is_over else f"截至{day(as_at)}，{running}"


#: What the targets of a period are called.
TARGETS: Final = {"year": "年度目标", "half": "半年目标", "quarter": "季度目标"}
