"""What a sheet says about itself outside its table: its name, its title, the lines above the header and below the rows.

A line may hold several statements in one cell: ``填报单位：东山镇　填报时间：2025年9月30日　单位：万元``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ledgers.importing.grid import Grid
from ledgers.importing.normalise import fold
from ledgers.importing.units_of_measure import measure
from ledgers.periods import Period

_WHOSE: Final = (
    r"(?:填报|填表|报送|上报|制表|编报|编制)?(?:单位|村\(社区\)|村)(?:名称)?(?:\((?:盖章|公章|签章)\))?"
)
_MEASURED_IN: Final = r"(?:金额|计量|货币|数量|计价)单位"
_WHEN: Final = (
    r"(?:填报|填表|报送|上报|制表|统计|截止|截至|编制)(?:时间|日期)|数据截[至止](?:时间|日期)?|日期|时间"
)
_WHO: Final = (
    r"(?:填报|填表|制表|审核|复核|经办|联系|负责|报送)人|(?:单位)?负责人|分管领导|联系(?:电话|方式)|电话|报告期|"
    r"统计期间|所属期间?|期间|年度|季度|密级|表号|文号|制定机关|批准(?:机关|文号)|有效期至?"
)
_STATEMENT: Final = re.compile(
    rf"(?P<measure>{_MEASURED_IN})|(?P<when>{_WHEN})|(?P<other>{_WHO})|(?P<whose>{_WHOSE})"
)
_STAMP: Final = re.compile(r"\((?:盖章|公章|签章)\)")
_ENDS: Final = re.compile(r"^[()\[\],;。|]+|[()\[\],;。|]+$")
_UNIT_WITHOUT_COLON: Final = re.compile(r"\(?(?:单位)?(?P<unit>[^():]{1,4})\)?")

_CHINESE_YEAR: Final = re.compile(r"([〇○零一二三四五六七八九]{4})年")
_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_YEAR: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_COMPACT: Final = re.compile(r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(?:\d{2})?(?!\d)")
_QUARTER: Final = re.compile(r"(?:第?([一二三四1-4])季(?:度|$|\W)|(?:(?<=\d)|(?<=-))q([1-4])(?!\d))")
_HALF: Final = re.compile(r"(?:([上下])半年|(?:(?<=\d)|(?<=-))h([12])(?!\d))")
_MONTHS: Final = re.compile(r"(?<!\d)0?1月?(?:-|—|–|~|至|到)+(\d{1,2})月")
_MONTH: Final = re.compile(r"(?:(?<=\d{4})[年./-]|(?<!\d))(\d{1,2})(?:月|(?=[./-]\d{1,2}(?!\d))|$)")
#: Sheets that repeat what other sheets say, or say how to fill them in.
_SUMMARY: Final = re.compile(r"汇总|合计|总表|总览|分析|图表")
_NO_DATA: Final = re.compile(
    r"封面|封皮|目录|说明|须知|示例|样[表例]|范[例本]|模[板版]|字典|码表|代码表|下拉|选项|参数|数据有效性"
)


@dataclass(frozen=True, slots=True)
class Time:
    """A time named in a text, as far as it is named: ``2025年``, ``三季度``, ``2025年9月30日``."""

    year: int | None = None
    quarter: int | None = None
    half: int | None = None
    month: int | None = None

    def period(self, year: int | None = None) -> Period | None:
        """The year, half-year or quarter that is named; ``year`` completes a quarter without one."""
        found = self.year or year
        if found is None:
            return None
        if self.quarter:
            return Period(found, "quarter", self.quarter)
        if self.half:
            return Period(found, "half", self.half)
        return Period(found) if self.month is None and self.year else None

    def quarter_of_month(self, *, only_last: bool) -> Period | None:
        """The quarter of the month. In a quarter's first month people write about the one before: that is nobody's."""
        if self.year is None or self.month is None or self.month % 3 == 1 or (only_last and self.month % 3):
            return None
        return Period(self.year, "quarter", (self.month - 1) // 3 + 1)


def time_in(text: str) -> Time:
    """The time a text names; nothing when it names several years."""
    folded = _CHINESE_YEAR.sub(lambda match: match[0].translate(_DIGITS), fold(text))
    folded = _COMPACT.sub(r"\1年\2月", folded)
    years = set(_YEAR.findall(folded))
    if len(years) > 1:
        return Time()
    year = int(years.pop()) if years else None
    quarter = _QUARTER.findall(folded)
    half = _HALF.findall(folded)
    if len(quarter) > 1 or len(half) > 1:
        return Time(year)
    if quarter:
        one = quarter[0][0] or quarter[0][1]
        return Time(year, quarter=int(one.translate(_DIGITS)))
    if half:
        return Time(year, half=1 if half[0] in (("上", ""), ("", "1")) else 2)
    months = _MONTHS.search(folded) or _MONTH.search(folded)
    month = int(months[1]) if months else 0
    return Time(year, month=month if 1 <= month <= 12 else None)


@dataclass(slots=True)
class Stated:
    """What a sheet states about all of its rows. Texts are folded (``normalise.fold``)."""

    sheet_name: str = ""
    #: Behind 填报单位.
    unit_name: str = ""
    #: Title and remarks: whatever stands above the header without a keyword.
    titles: list[str] = field(default_factory=list)
    #: Unit of measure of the amounts.
    money_unit: str = ""
    #: Behind 填报时间, 截至日期 and the like, and on a 填报日期 line below the table.
    filled_in: list[str] = field(default_factory=list)
    #: Behind 报告期, 所属期间.
    about: list[str] = field(default_factory=list)

    @property
    def year(self) -> int | None:
        """The year of the sheet: that in its name, else the one that its title lines name."""
        named = time_in(self.sheet_name).year
        if named:
            return named
        years = {found.year for text in (*self.about, *self.titles) if (found := time_in(text)).year}
        return years.pop() if len(years) == 1 else None

    def periods(self, given: Period | None) -> Iterator[Period]:
        """What the rows' period may be, the most telling first: the sheet's name, the import's own period, the title,
        the date of filling in.
        """
        name = time_in(self.sheet_name)
        titles = [time_in(text) for text in (*self.about, *self.titles)]
        year = given.year if given else self.year
        yield from _known([name.period(year), name.quarter_of_month(only_last=True), given])
        yield from _known(found.period(self.year) for found in titles)
        dates = [*titles, *map(time_in, self.filled_in)]
        yield from _known(found.quarter_of_month(only_last=False) for found in dates)


def _known(periods: Iterable[Period | None]) -> Iterator[Period]:
    yield from (period for period in periods if period is not None)


def read_title(grid: Grid, header_row: int) -> Stated:
    """What the sheet's name and the lines above row ``header_row`` say."""
    stated = Stated(fold(grid.name))
    for row in grid.rows[:header_row]:
        for text in _texts(row):
            _read_cell(stated, text)
    return stated


def repeats_others(name: str) -> bool:
    """Whether a sheet's name says that it sums up the other sheets."""
    return bool(_SUMMARY.search(fold(name)))


def is_no_data(name: str) -> bool:
    """Whether a sheet's name says that it is a cover, an example or a list of choices."""
    return bool(_NO_DATA.search(fold(name)))


def read_footer(stated: Stated, row: Iterable[Any]) -> None:
    """A 填报日期 line below the table."""
    for text in _texts(row):
        stated.filled_in += [said for kind, _, said in _statements(text) if kind == "when" and said]


def _texts(row: Iterable[Any]) -> Iterator[str]:
    """The texts of a row, folded; a 填报单位： that has its answer in the next cell together with it."""
    texts = [text for text in (fold(value) for value in row if isinstance(value, str)) if text]
    while texts:
        text = texts.pop(0)
        if text.endswith(":") and texts and not list(_statements(texts[0])):
            text += texts.pop(0)
        yield text


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    """(kind of keyword, keyword, what stands behind it) for every ``keyword：…`` of a cell."""
    found = [match for match in _STATEMENT.finditer(text) if text[match.end() : match.end() + 1] == ":"]
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        said = _STAMP.sub("", text[match.end() + 1 : end])
        said = _ENDS.sub("", said)
        yield match.lastgroup or "", match[0], said


def _read_cell(stated: Stated, text: str) -> None:
    alone = _UNIT_WITHOUT_COLON.fullmatch(text)
    if alone and text.startswith(("(", "单位")) and _money([alone["unit"]]):
        stated.money_unit = alone["unit"]
        return
    statements = list(_statements(text))
    if not statements:
        stated.titles.append(text)
        return
    # 东山镇企业台账（单位：万元） is a title as well.
    before = text[: text.index(f"{statements[0][1]}:")].strip("()[]")
    if before:
        stated.titles.append(before)
    for kind, keyword, said in statements:
        if kind in ("measure", "whose"):
            _read_unit(stated, said)
        elif kind == "when":
            stated.filled_in.append(said)
        elif keyword.startswith(("报告期", "统计期间", "所属期", "期间", "年度", "季度")):
            stated.about.append(said)


def _read_unit(stated: Stated, said: str) -> None:
    """单位 may be followed by who fills the table in, or by what its figures are counted in."""
    parts = [part for part in re.split(r"[、,;/]", said.removeprefix("人民币")) if part]
    if parts and all(measure(part) for part in parts):
        stated.money_unit = _money(parts) or stated.money_unit
    elif said and not stated.unit_name:
        stated.unit_name = said


def _money(parts: list[str]) -> str:
    """The one unit of money among units of measure, or ""."""
    money = [part for part in parts if (found := measure(part)) and found.base == "元"]
    return money[0] if len(money) == 1 else ""
