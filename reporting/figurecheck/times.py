"""Times as prose names them, and the period each one means: 上半年, 去年第三季度, 1-6月, 截至9月底."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledgers.periods import Period

_ORDINAL: Final = {name: number for number in range(1, 5) for name in ("一二三四"[number - 1], str(number))}
_YEAR: Final = r"(?:(?P<year>20\d{2})年度?|今年|本年度?|当年|(?P<last>(?:上一?年度?|去年)(?!同期)))"
_PART: Final = r"(?:(?P<half>[上下])半年(?![前后])|第?(?P<quarter>[一二三四1-4])季度)"
_LAST_MONTHS: Final = {"3": 3, "三": 3, "6": 6, "六": 6, "12": 12, "十二": 12}
#: Before a time, these make it the other side of a comparison and no time of the number's own.
_OTHER_SIDE: Final = re.compile(r"[比较与同和跟由从是]于?$")


@dataclass(frozen=True)
class Form:
    """A way of naming a time; ``period`` is None where no figure of the ledger is meant."""

    pattern: re.Pattern[str]
    period: Callable[[re.Match[str], Period], Period | None]


def _nothing(match: re.Match[str], period: Period) -> None:
    """春节期间, 5月, 近年来: times that are no reporting period."""


def _itself(match: re.Match[str], period: Period) -> Period:
    return period


def _year(match: re.Match[str], period: Period) -> int:
    written = match["year"]
    return int(written) if written else period.year - bool(match["last"])


def _named(match: re.Match[str], period: Period) -> Period:
    """2024年, 去年下半年, 今年第三季度."""
    year = _year(match, period)
    if match["half"]:
        return Period(year, "half", 1 if match["half"] == "上" else 2)
    return Period(year, "quarter", _ORDINAL[match["quarter"]]) if match["quarter"] else Period(year)


def _part(match: re.Match[str], period: Period) -> Period:
    """上半年, 第三季度 of the year in question."""
    if match["half"]:
        return Period(period.year, "half", 1 if match["half"] == "上" else 2)
    return Period(period.year, "quarter", _ORDINAL[match["quarter"]])


def _ending(year: int, month: int) -> Period | None:
    """The period from January to the end of ``month``."""
    return {3: Period(year, "quarter", 1), 6: Period(year, "half", 1), 12: Period(year)}.get(month)


def _months(match: re.Match[str], period: Period) -> Period | None:
    """1-6月."""
    return _ending(_year(match, period), _LAST_MONTHS[match["to"]])


def _this_year_so_far(match: re.Match[str], period: Period) -> Period | None:
    return _ending(period.year, period.last_day.month)


def _own_quarter(match: re.Match[str], period: Period) -> Period | None:
    return period if period.kind == ("quarter" if "季" in match.group() else "half") else None


def _until(match: re.Match[str], period: Period) -> Period | None:
    """截至6月底: the period that ends there; figures as at other days are not kept."""
    year = _year(match, period)
    if match["month"] is None:
        return period if year == period.year else Period(year)
    month, day = int(match["month"]), match["day"]
    if month not in (3, 6, 9, 12):
        return None
    quarter = Period.containing(dt.date(year, month, 1), "quarter")
    if day and int(day) != quarter.last_day.day:
        return None
    return period if quarter.last_day == period.last_day else _ending(year, month)


#: In the order of precedence: where two overlap, the first one is meant.
FORMS: Final = tuple(
    Form(re.compile(pattern), period)
    for pattern, period in (
        (rf"截[至止](?:{_YEAR}|目前)?(?:(?P<month>1[0-2]|[1-9])月)?份?(?:(?P<day>\d+)[日号]|底|末)?", _until),
        (rf"{_YEAR}?[1一]月?[-~至到](?P<to>12|十二|3|三|6|六)月", _months),
        (r"(?:20\d{2}年)?\d{1,2}月(?:份|\d{1,2}[日号]|[上中下]旬|底|初)?|[一二三四五六七八九十]{1,2}月份", _nothing),
        (r"(?:上一?年|去年)同期", lambda match, period: period.same_period_last_year),
        (r"今年以?来", _this_year_so_far),
        (rf"{_YEAR}的?{_PART}?", _named),
        (r"前[一二三\d]季度|明年|来年|前年|往年|同一时期|[近历]年来?|[三五十两\d]年来|十[二三四五]五", _nothing),
        (r"本季度|本半年度?", _own_quarter),
        (r"全年|年内|年度内|一年来", lambda match, period: Period(period.year)),
        (_PART, _part),
        (r"年[底末]|目前|当前|现有|本期|报告期内?", _itself),
        (r"春节|中秋|国庆|元旦|端午|清明|重阳|斋月|开斋节|圣诞|节日|节假日|假期|两节|汛期|法会", _nothing),
        (r"暑[期假]|寒假|期间|节[前后]|[上本当]月|本?周|日前|近日|昨|宣传[月周]|活动[月周]|学习月", _nothing),
        (r"疫情|届|任期|以来|至今", _nothing),
    )
)  # fmt: skip
TIME_WORDS: Final = tuple(form.pattern for form in FORMS)


def last_time(text: str, period: Period, carried: Period | None) -> Period | None:
    """The period that ``text`` has come to speak of, in a report on ``period``; ``carried`` where it names none."""
    taken: list[tuple[int, int, Period | None]] = []
    for form in FORMS:
        for match in form.pattern.finditer(text):
            free = all(match.end() <= start or end <= match.start() for start, end, _ in taken)
            if free and not _OTHER_SIDE.search(text[: match.start()]):
                taken.append((*match.span(), form.period(match, period)))
    return max(taken, key=lambda item: item[0])[2] if taken else carried
