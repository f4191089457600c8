"""The number reader: figures of Chinese official prose with their unit, their precision and what they admit.

A printed figure stands for an interval. ``39篇`` admits 39 alone, ``50余条`` 50 to below 60, ``近120家`` up to 120,
``超过70万元`` everything from 70 up, ``33.3%`` what rounds to it. All rules compare intervals, so that rounding and
approximate words are understood in one place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from reporting.figurecheck.masks import masked
from reporting.figurecheck.numerals import parse_numeral
from reporting.figurecheck.units import MEASURE_WORD, MONEY, PERCENT, POINTS, RATIOS, TIMES

_ARABIC: Final = r"(?:\d{1,3}(?:[, ]\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_CHINESE: Final = r"(?<![数几上第初])[一二两三四五六七八九十][一二两三四五六七八九十百千万亿零〇]*"
_BEFORE: Final = (
    r"约为|大约|约|将近|接近|近|超过|超出|超|逾|突破|不足|不到|至少|不少于|不低于|最少"
    r"|最多|不超过|至多|不多于"
)
_AFTER: Final = r"及?以上|左右|上下|以内|及?以下|有余"
_HUNDREDTHS: Final = r"百分之(?P<hundredths>\d+(?:\.\d+)?|[一二三四五六七八九十百零〇点]+)"
_FRACTION: Final = r"(?P<parts>[二三四五六七八九十\d]+)分之(?P<of>[一二两三四五六七八九十\d]+)"
_TENTHS: Final = r"(?P<tenths>[一二两三四五六七八九]|[1-9])成(?P<half>五|半)?(?![员立果功绩效为年熟本长就人])"
_HALF: Final = r"(?P<most>过半数?|半数以上|大半)|(?P<middle>一半|半数)"
_QUANTITY: Final = re.compile(
    rf"(?P<before>{_BEFORE})?"
    rf"(?:{_HUNDREDTHS}|{_FRACTION}|{_TENTHS}|{_HALF}"
    rf"|(?P<sign>(?<=[长速为率：至到幅])-)?(?P<number>{_ARABIC}|{_CHINESE})"
    rf"(?P<more>[余多])?(?P<scale>[万亿千百])?(?P<more2>[余多])?"
    rf"(?:(?P<to>(?:{MEASURE_WORD}|%)?[-~至到])(?P<upper>{_ARABIC}|{_CHINESE})(?P<upper_scale>[万亿千百])?)?"
    rf"(?P<unit>%|‰|个?百分点|倍|{MEASURE_WORD})?(?P<more3>余|有余)?)"
    rf"(?P<after>{_AFTER})?"
)
#: The upper end of 超过, 以上, 过半.
NO_END: Final = Decimal("Infinity")
_SCALES: Final = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
#: Rates that name no number of digits: 三分之一, 一半. Writers mean them within a few points.
_LOOSE: Final = Decimal("2.5")


@dataclass(frozen=True)
class Interval:
    """Numbers from ``low`` to ``high``, both included; either may be infinite."""

    low: Decimal
    high: Decimal

    def meets(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high

    def admits(self, value: Decimal) -> bool:
        return self.low <= value <= self.high

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def negated(self) -> Interval:
        return Interval(-self.high, -self.low)

    def scaled(self, factor: Decimal) -> Interval:
        return Interval(self.low * factor, self.high * factor)

    def percent_of(self, whole: Interval) -> Interval | None:
        """All values that 100 × self / whole can have; None when the whole may be nothing."""
        if whole.low <= 0:
            return None
        return Interval(self.low * 100 / whole.high, self.high * 100 / whole.low)


def exactly(value: Decimal) -> Interval:
    return Interval(value, value)


@dataclass(frozen=True)
class Quantity:
    """A figure in a sentence: ``start`` to ``end`` as it is quoted, ``stop`` behind words such as 以上.

    ``value`` and ``admitted`` are in the unit itself (元 where 万元 is printed), ``step`` is what one more in the last
    printed digit is worth, ``scale`` what the printed number is multiplied by.
    """

    start: int
    end: int
    stop: int
    text: str
    value: Decimal
    unit: str
    step: Decimal
    scale: int
    admitted: Interval

    @property
    def is_ratio(self) -> bool:
        return self.unit in RATIOS

    @property
    def is_exact(self) -> bool:
        return self.admitted.low == self.admitted.high

    @property
    def decimals(self) -> int:
        exponent = (self.step / self.scale).normalize().as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    def like(self, value: Decimal) -> str:
        """``value`` printed as this figure is: same unit, a rate with as many decimals."""
        if self.unit in (PERCENT, "‰"):
            return f"{rounded(value, self.decimals)}{self.unit}"
        if self.unit == POINTS:
            return f"{rounded(value, self.decimals)}个{self.unit}"
        if self.unit == TIMES:
            return f"{plain(value)}{self.unit}"
        if self.unit == MONEY and self.scale > 1:
            name = {number: name for name, number in _SCALES.items()}[self.scale]
            return f"{plain(value / self.scale)}{name}{self.unit}"
        return f"{plain(value)}{self.unit}"


def rounded(value: Decimal, decimals: int) -> str:
    return str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def plain(value: Decimal) -> str:
    """At most four decimals, none that says nothing."""
    text = rounded(value, 4)
    return text.rstrip("0").rstrip(".")


def quantities(text: str) -> list[Quantity]:
    """All figures of a sentence's reading, in order."""
    hidden = masked(text)
    found: list[Quantity] = []
    at = 0
    while match := _QUANTITY.search(text, at):
        covering = next((end for start, end in hidden if start < match.end() and _begin(match) < end), None)
        if covering is not None:
            at = max(match.start() + 1, min(covering, match.end()))
            continue
        quantity = _quantity(match, text)
        if quantity is not None:
            found.append(quantity)
        at = max(quantity.stop if quantity is not None else match.end(), match.start() + 1)
    return found


def _begin(match: re.Match[str]) -> int:
    """Where the number itself begins."""
    return match.end("before") if match["before"] else match.start()


def _quantity(match: re.Match[str], text: str) -> Quantity | None:
    if match["number"] is None:
        return _rate(match, text)
    number, unit = match["number"], match["unit"] or ""
    unit = POINTS if unit.endswith(POINTS) else unit
    chinese = not number[0].isdigit()
    value = parse_numeral(number) if chinese else Decimal(number.replace(",", "").replace(" ", ""))
    if value is None or (chinese and not unit):
        return None
    if match["sign"]:
        value = -value
    scale = _SCALES[match["scale"]] if match["scale"] else 1
    step = Decimal(1).scaleb(-len(number.partition(".")[2])) * scale
    value *= scale
    more = bool(match["more"] or match["more2"] or match["more3"])
    admitted = _admitted(value, step, scale, unit, more, match["before"] or "", match["after"] or "")
    end = max(match.end(name) for name in ("number", "more", "scale", "more2", "unit", "more3"))
    if match["upper"]:
        upper = _upper(match, text, scale)
        if upper is None or upper <= value:
            # 由40人到45人 names two figures, and so does whatever else is no range.
            return _cut(match, text)
        admitted = Interval(value, upper)
    printed = text[match.start() : end]
    return Quantity(match.start(), end, match.end(), printed, value, unit, step, scale, admitted)


def _upper(match: re.Match[str], text: str, scale: int) -> Decimal | None:
    """The upper end of a range; None when the two numbers are no range."""
    if match["to"][-1] in "至到" and re.search(r"[由从][^，；]{0,12}$", text[: match.start()]):
        return None
    written = match["upper"]
    value = parse_numeral(written) if not written[0].isdigit() else Decimal(written.replace(",", ""))
    if value is None:
        return None
    return value * (_SCALES[match["upper_scale"]] if match["upper_scale"] else scale)


def _cut(match: re.Match[str], text: str) -> Quantity | None:
    """The first of two numbers that are no range, read on its own."""
    alone = _QUANTITY.match(text[: match.end("to") - 1], match.start())
    return _quantity(alone, text) if alone is not None and alone["upper"] is None else None


def _rate(match: re.Match[str], text: str) -> Quantity | None:
    """百分之三, 三分之一, 三成, 一半: rates written out."""
    step, loose = Decimal(1), Decimal("0.5")
    if match["hundredths"]:
        written = match["hundredths"]
        value = Decimal(written) if written[0].isdigit() else parse_numeral(written)
        fraction = written.partition("." if written[0].isdigit() else "点")[2]
        step = Decimal(1).scaleb(-len(fraction))
        loose = step / 2
    elif match["parts"]:
        whole, part = _small(match["parts"]), _small(match["of"])
        if not whole or part is None:
            return None
        share = Fraction(int(part) * 100, int(whole))
        value, step, loose = Decimal(share.numerator) / share.denominator, Decimal("0.1"), _LOOSE
    elif match["tenths"]:
        tenths = _small(match["tenths"])
        value = None if tenths is None else tenths * 10 + (5 if match["half"] else 0)
        loose = Decimal("2.5") if match["half"] else Decimal(5)
    else:
        value, step, loose = Decimal(50), Decimal("0.1"), _LOOSE
    if value is None:
        return None
    admitted = Interval(value - loose, value + loose)
    before, after = match["before"] or "", match["after"] or ""
    if match["most"]:
        admitted = Interval(value, NO_END)
    elif before or after:
        admitted = _bounded(value, loose * 2, before, after) or admitted
    end = match.start("after") if match["after"] else match.end()
    printed = text[match.start() : end]
    return Quantity(match.start(), end, match.end(), printed, value, PERCENT, step, 1, admitted)


def _small(written: str) -> Decimal | None:
    return Decimal(written) if written.isdigit() else parse_numeral(written)


def _admitted(
    value: Decimal, step: Decimal, scale: int, unit: str, more: bool, before: str, after: str
) -> Interval:
    """What a printed number admits; a count of things is exact, a rounded one is not."""
    if more:
        # 50余条 is less than 60; where the number itself is rounded, the upper end counts in.
        return Interval(value, value + _last_place(value, step) - (1 if step == 1 else 0))
    place = _last_place(value, step)
    if bounded := _bounded(value, place, before, after):
        return bounded
    rounds = unit in RATIOS or scale > 1 or step < 1
    # 1倍 said without decimals is still meant within a tenth.
    half = (step / 10 if unit == TIMES else step / 2) if rounds else Decimal(0)
    return Interval(value - half, value + half)


def _bounded(value: Decimal, place: Decimal, before: str, after: str) -> Interval | None:
    """What 近, 约, 超过, 以上 and the like make of a number; None when there is none of them."""
    if before in ("近", "将近", "接近", "不足", "不到"):
        return Interval(value - place, value)
    if before in ("最多", "不超过", "至多", "不多于") or after in ("以内", "以下", "及以下"):
        return Interval(Decimal(0), value)
    if before.startswith(("超", "逾", "突破", "至少", "不少", "不低", "最少")) or after.endswith("以上"):
        return Interval(value, NO_END)
    if after == "有余":
        return Interval(value, value + place)
    if before or after:
        margin = max(place / 2, abs(value) / 10)
        return Interval(value - margin, value + margin)
    return None


def _last_place(value: Decimal, step: Decimal) -> Decimal:
    """The worth of the last digit that is not zero: 50 has tens, 1200 hundreds, 12.5 tenths."""
    place = step
    while value and value % (place * 10) == 0:
        place *= 10
    return place
