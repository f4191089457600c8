"""Dates the way offices write them: 2023.5, 2023年5月, 20230501, 2023-5-1, Excel serials of both epochs."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from ledgers.importing.problems import CellProblem

_YEARS: Final = range(1900, 2101)
_SEPARATED: Final = re.compile(
    r"(?P<year>\d{4})(?:年|[-./])(?P<month>\d{1,2})(?:月份?|[-./])?(?:(?<=[-./月份])(?P<day>\d{1,2})[日号]?)?"
    r"(?:t?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?z?",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})?")
_YEAR: Final = re.compile(r"(?P<year>\d{4})年?")
_YEARLESS: Final = re.compile(
    r"(?P<month>\d{1,2})(?:月|[-./])(?P<day>\d{1,2})[日号]?|(?P<only_month>\d{1,2})月份?"
)
#: 2025年3月1日上午9时, 2025-3-1(星期六): the day is all that is kept.
_TIME_OF_DAY: Final = re.compile(
    r"(?:\(?(?:星期|周)[一二三四五六日天]\)?)?(?:(?:上午|下午|中午|晚上?|凌晨)?(?:\d{1,2}[时点:](?:\d{1,2}分?|半|整)?)?)?$"
)
_MAYBE_OCTOBER: Final = re.compile(r"\d{4}\.1")
_ZERO_KEPT: Final = re.compile(r"\s*\d{4}\.(?:10|0[1-9])\s*")
_SERIAL: Final = re.compile(r"[1-7]\d{4}(?:\.\d+)?")
_CHINESE_DIGITS: Final = str.maketrans("〇○零一二三四五六七八九", "000123456789")

NOT_A_DATE: Final = "不是日期，请写成 2023-5-1 或 2023年5月 的样子。"
NO_YEAR: Final = "没有写年份，请写成 2023-5-1 或 2023年5月 的样子。"
LOST_ZERO: Final = (
    "这个日期是按数字录入的，1月和10月会混在一起（2023.10 变成了 2023.1），"
    "请改成 2023-10 或 2023年1月 这样的文字。"
)


def _date(year: int, month: int, day: int) -> dt.date:
    if year not in _YEARS:
        raise CellProblem("日期的年份不合理，请核对。")
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise CellProblem("日期不存在，请核对月份和日子。") from None


def from_serial(serial: float, *, date1904: bool) -> dt.date:
    """An Excel day number; the 1904 epoch is 1,462 days later."""
    epoch = dt.date(1904, 1, 1) if date1904 else dt.date(1899, 12, 30)
    try:
        found = epoch + dt.timedelta(days=int(serial))
    except OverflowError:
        raise CellProblem(NOT_A_DATE) from None
    return _date(found.year, found.month, found.day)


def _from_number(number: float, *, date1904: bool) -> dt.date:
    if number == int(number):
        whole = int(number)
        if whole in _YEARS:
            return dt.date(whole, 1, 1)
        if (match := _COMPACT.fullmatch(str(whole))) and int(match["year"]) in _YEARS:
            return _date(int(match["year"]), int(match["month"]), int(match["day"] or 1))
    if int(number) in _YEARS:
        year, _, month = repr(round(number, 4)).partition(".")
        if month == "1":
            raise CellProblem(LOST_ZERO)
        if len(month) <= 2:
            return _date(int(year), int(month), 1)
        raise CellProblem(NOT_A_DATE)
    if 10_000 <= number < 80_000:
        return from_serial(number, date1904=date1904)
    raise CellProblem(NOT_A_DATE)


def _from_chinese(text: str) -> str:
    """二〇二三年五月十二日 in figures."""

    def figures(match: re.Match[str]) -> str:
        tens, _, ones = match[0].partition("十")
        return f"{tens.translate(_CHINESE_DIGITS) or 1}{ones.translate(_CHINESE_DIGITS) or 0}"

    return re.sub(r"[一二三]?十[一二三四五六七八九]?", figures, text).translate(_CHINESE_DIGITS)


def keeps_zeros(cells: Iterable[Any]) -> bool:
    """Whether one of the texts of a column shows that 2023.10 has stayed 2023.10 in it."""
    return any(isinstance(cell, str) and _ZERO_KEPT.fullmatch(cell) for cell in cells)


def read_date(
    value: Any, *, date1904: bool = False, year: int | None = None, zeros_kept: bool = True
) -> dt.date:
    """A cell as a date; a month is its first day, a year its first of January. Raises CellProblem.

    ``year`` is that of the sheet, for 5月12日. Without ``zeros_kept`` the text may have been a number before it was
    written into a text file.
    """
    if isinstance(value, dt.datetime):
        return _date(value.year, value.month, value.day)
    if isinstance(value, dt.date):
        return _date(value.year, value.month, value.day)
    if isinstance(value, bool | dt.time | dt.timedelta):
        raise CellProblem(NOT_A_DATE)
    if isinstance(value, int | float):
        return _from_number(float(value), date1904=date1904)
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value))).replace("。", ".")
    if not text.isascii():
        text = _from_chinese(_TIME_OF_DAY.sub("", text))
    if not zeros_kept and _MAYBE_OCTOBER.fullmatch(text):
        raise CellProblem(LOST_ZERO)
    for shape in (_SEPARATED, _COMPACT, _YEAR):
        if match := shape.fullmatch(text):
            parts = match.groupdict()
            return _date(int(parts["year"]), int(parts.get("month") or 1), int(parts.get("day") or 1))
    if match := _YEARLESS.fullmatch(text):
        if year is None:
            raise CellProblem(NO_YEAR)
        return _date(year, int(match["month"] or match["only_month"]), int(match["day"] or 1))
    if _SERIAL.fullmatch(text):
        return from_serial(float(text), date1904=date1904)
    raise CellProblem(NOT_A_DATE)
