"""When and where a number is meant: 上半年, 去年同期, 截至9月底, 上河村, 全县.

A sentence is read for the last time and place named before the number; a paragraph hands both on to its next
sentence. A time or place that no ledger figure can stand for makes the answer None, and the rules silent.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ledgers.periods import Period
from reporting.figurecheck.context import FiguresContext, Place

_QUARTER: Final = {name: number for number in range(1, 5) for name in ("一二三四"[number - 1], str(number))}
_YEAR_WORD: Final = (
    r"(?P<year>20\d{2})年度?|(?P<this>今年|本年度?|当年)|(?P<last>(?:上一?年度?|去年)(?!同期))"
)
_PART: Final = r"(?P<half>[上下])半年(?!前|后)|第?(?P<quarter>[一二三四1-4])季度"
_MONTHS: Final = r"(?P<from>\d{1,2}|一)月?[-~至到](?P<to>\d{1,2}|[一二三四五六七八九十]{1,2})月"
#: 截至…, with or without a year: the day a stock is counted on.
_UNTIL: Final = r"截[至止](?P<uyear>20\d{2}年|今年|目前|去年)?(?P<umonth>\d{1,2})?月?(?P<uday>份?(?:\d{1,2}[日号]|底|末))?"
#: Times that are part of no period, and so of no figure.
_ODD: Final = (
    r"\d{1,2}月(?:份|\d{1,2}[日号]|[上中下]旬|底|初)?|[一二三四五六七八九十]{1,2}月份|(?:春节|中秋|国庆|元旦|端午|清明|重阳|斋月|节日|节假日|假期|两节|汛期|开斋节|圣诞|法会|暑[期假]|寒假)"
    r"|期间|节前|节后|[近历]年来?|[三五十两\d]年来|十[二三四五]五|[上本当]月|本?周|日前|近日|昨|前三季度|前[一二三]季度"
    r"|明年|来年|前年|往年|宣传[月周]|活动[月周]|学习月|疫情|届|任期|自[^，]{1,12}以来|成立以来|以来|至今|同一时期"
)
_TIME: Final = re.compile(
    rf"(?P<until>{_UNTIL})|(?P<months>(?:{_YEAR_WORD})?{_MONTHS})".replace("(?P<year>", "(?P<myear>")
    .replace("(?P<this>", "(?P<mthis>")
    .replace("(?P<last>", "(?P<mlast>")
    + rf"|(?P<same>(?:上一?年|去年)同期)|(?P<since>今年(?:以来|来))|(?:{_YEAR_WORD})(?:(?:的)?(?:{_PART}))?(?!\d{{1,2}}月)"
    + rf"|(?P<own>本季度|本半年度?|本期|报告期内?)|(?P<whole>全年|年内|年度内|一年来)"
    + rf"|(?:{_PART})".replace("(?P<half>", "(?P<half2>").replace("(?P<quarter>", "(?P<quarter2>")
    + rf"|(?P<end>年[底末]|目前|当前|现有)|(?P<odd>20\d{{2}}年\d{{1,2}}月(?:\d{{1,2}}[日号])?|{_ODD})"
)
#: Before a time, these make it the other side of a comparison and no time of the number's own.
_BASE: Final = re.compile(r"[比较与同和跟由从是](?:于)?$")
_WIDER: Final = {
    "township": r"全县|全区|全市|全省|全国|全州|县级|我县",
    "county": r"全市|全省|全国",
    "village": r"全镇|全乡|全街道|全县|全区|全市|全省|全国",
}
_OWN: Final = {
    "township": r"全镇|全乡|全街道|[我本]镇|[我本]乡|[我本]街道|辖区内?|镇域?内|镇党委|党工委|街道党工委|镇统战办",
    "county": r"全县|全区|[我本]县|[我本]区|县委统战部|辖区内?",
    "village": r"全村|本村|我村|全社区|[我本]社区|辖区内?",
}  # fmt: skip
_UNKNOWN_PLACE: Final = re.compile(
    r"(?:^|(?<=[，；：。（、]))(?![各全我本该某多\d])[一-龥]{1,4}(?:村|社区|镇|乡|街道|县)(?![民级居委干务内域党政统（商])"
)


@dataclass(frozen=True)
class Setting:
    """``period`` and ``place`` of a number; None where no figure of the ledger can be meant."""

    period: Period | None
    place: Place | None


@dataclass(frozen=True)
class Settings:
    """Reads times and places for one context."""

    context: FiguresContext

    @property
    def default(self) -> Setting:
        return Setting(self.context.period, self.context.place)

    @cached_property
    def _names(self) -> dict[str, Place | None]:
        """Names of the unit and those below it; None for a name that two of them have."""
        names: dict[str, Place | None] = {}
        for place in (self.context.place, *self.context.below):
            names[place.name] = None if place.name in names else place
        return names

    @cached_property
    def place_words(self) -> re.Pattern[str]:
        """Everything that names a unit the ledger knows."""
        level = self.context.place.level
        names = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        return re.compile(rf"(?P<name>{names})|(?P<own>{_OWN[level]})")

    @property
    def time_words(self) -> re.Pattern[str]:
        return _TIME

    def at(self, text: str, position: int, carried: Setting) -> Setting:
        """The setting of a number at ``position``, after ``carried`` of the sentences before."""
        return Setting(
            self._period(text[:position], carried.period), self._place(text[:position], carried.place)
        )

    def _period(self, text: str, carried: Period | None) -> Period | None:
        period = carried
        for match in _TIME.finditer(text):
            if not _BASE.search(text[: match.start()]):
                period = self._read(match)
        return period

    def _read(self, match: re.Match[str]) -> Period | None:
        readers: Sequence[tuple[str, Callable[[re.Match[str]], Period | None]]] = (
            ("odd", lambda _: None),
            ("until", self._until),
            ("months", self._months),
            ("same", lambda _: self.context.period.same_period_last_year),
            ("since", lambda _: self._to_date()),
            ("own", self._own),
            ("whole", lambda _: Period(self.context.period.year)),
            ("end", lambda _: self.context.period),
        )
        for name, read in readers:
            if match[name] is not None:
                return read(match)
        return self._named(match)

    def _named(self, match: re.Match[str]) -> Period:
        """2024年, 去年下半年, 第三季度."""
        year = self._year(match["year"], match["last"])
        half, quarter = match["half"] or match["half2"], match["quarter"] or match["quarter2"]
        if half:
            return Period(year, "half", 1 if half == "上" else 2)
        return Period(year, "quarter", _QUARTER[quarter]) if quarter else Period(year)

    def _year(self, written: str | None, last: str | None) -> int:
        if written:
            return int(written)
        return self.context.period.year - (1 if last else 0)

    def _to_date(self) -> Period | None:
        """今年以来 in a report on a quarter: from January to its end, where that is a period."""
        period = self.context.period
        month = period.last_day.month
        return {
            3: Period(period.year, "quarter", 1),
            6: Period(period.year, "half", 1),
            12: Period(period.year),
        }.get(month)

    def _own(self, match: re.Match[str]) -> Period | None:
        kinds = {"本季度": "quarter", "本半年": "half"}
        kind = next((kind for word, kind in kinds.items() if match["own"].startswith(word)), None)
        return self.context.period if kind in (None, self.context.period.kind) else None

    def _months(self, match: re.Match[str]) -> Period | None:
        first, last = match["from"], match["to"]
        if first not in ("1", "一"):
            return None
        year = self._year(match["myear"], match["mlast"])
        return {
            "3": Period(year, "quarter", 1), "三": Period(year, "quarter", 1),
            "6": Period(year, "half", 1), "六": Period(year, "half", 1),
            "12": Period(year), "十二": Period(year),
        }.get(last)  # fmt: skip

    def _until(self, match: re.Match[str]) -> Period | None:
        """The period that ends on the day named; figures of other days are not kept."""
        year = match["uyear"] or ""
        number = int(year[:4]) if year[:4].isdigit() else self.context.period.year - (year == "去年")
        if match["umonth"] is None:
            return self.context.period if number == self.context.period.year else Period(number)
        month = int(match["umonth"])
        if not 1 <= month <= 12:
            return None
        quarter = Period.containing(dt.date(number, month, 1), "quarter")
        day = re.sub(r"\D", "", match["uday"] or "")
        if month % 3 or (day and int(day) != quarter.last_day.day):
            return None
        if quarter.last_day == self.context.period.last_day:
            return self.context.period
        return {6: Period(number, "half", 1), 12: Period(number), 3: quarter}.get(month)

    def _place(self, text: str, carried: Place | None) -> Place | None:
        level = self.context.place.level
        found: list[tuple[int, Place | None]] = []
        for match in self.place_words.finditer(text):
            found.append((match.start(), self._names[match["name"]] if match["name"] else self.context.place))
        known = {start for start, _ in found}
        found += [(m.start(), None) for m in re.finditer(_WIDER[level], text)]
        found += [(m.start(), None) for m in _UNKNOWN_PLACE.finditer(text) if m.start() not in known]
        return max(found, key=lambda item: item[0])[1] if found else carried
