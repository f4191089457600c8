"""What a sentence claims about a change, what is compared, and whether the one follows from the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ledgers.indicators import Figure
from reporting.figurecheck.binding import Bound, in_print_unit
from reporting.figurecheck.growth import OPPOSITE, is_growth
from reporting.figurecheck.quantities import Interval, Quantity, exactly, plain, rounded
from reporting.figurecheck.units import PERCENT, POINTS, TIMES

LEVEL: Final = r"(?:基本)?持平|保持不变|没有变化"
DOUBLED: Final = r"翻了?一?番|翻了?一倍"
#: What may be called doubled, in percent of growth.
_DOUBLE: Final = Interval(Decimal(90), Decimal(150))


@dataclass(frozen=True)
class Change:
    """A claim from ``start`` to ``end``: its word and its figure, which 持平 and 翻番 do not have."""

    start: int
    end: int
    word: str
    quantity: Quantity | None

    @property
    def count_unit(self) -> str | None:
        """The unit of a claim in things (增加3人); None of a rate."""
        return None if self.quantity is None or self.quantity.is_ratio else self.quantity.unit


@dataclass(frozen=True)
class Amount:
    value: Decimal
    admitted: Interval

    @classmethod
    def of(cls, quantity: Quantity) -> Amount:
        return cls(quantity.value, quantity.admitted)

    @classmethod
    def exact(cls, value: Decimal) -> Amount:
        return cls(value, exactly(value))


@dataclass(frozen=True)
class Pair:
    """What is compared: figures of the sentence (``evidence``), or one of the ledger and what it is compared with."""

    now: Amount
    before: Amount
    evidence: tuple[Quantity, ...] = ()
    bound: Bound | None = None
    figure: Figure | None = None

    @classmethod
    def of(cls, before: Quantity, now: Quantity) -> Pair:
        return cls(Amount.of(now), Amount.of(before), (before, now))

    @property
    def is_of_rates(self) -> bool:
        units = [quantity.unit for quantity in self.evidence] + ([self.figure.unit] if self.figure else [])
        return PERCENT in units

    @property
    def difference(self) -> Decimal:
        return self.now.value - self.before.value

    @property
    def growth(self) -> Decimal:
        """In percent; the base is above zero wherever this is asked for."""
        return self.difference * 100 / self.before.value

    def admits_difference(self, claimed: Interval) -> bool:
        now, before = self.now.admitted, self.before.admitted
        return Interval(now.low - before.high, now.high - before.low).meets(claimed)

    def admits_growth(self, claimed: Interval) -> bool:
        """Whether the growth can be ``claimed`` percent; on a base of nothing there is no telling."""
        share = self.now.admitted.percent_of(self.before.admitted)
        return share is None or Interval(share.low - 100, share.high - 100).meets(claimed)


def suits(change: Change, pair: Pair) -> bool:
    """Whether a claim can be about a pair: 提高2个百分点 is not about a number of cases."""
    quantity = change.quantity
    if pair.before.value <= 0:
        return False
    if quantity is None or quantity.unit in (PERCENT, TIMES):
        return True
    return pair.is_of_rates == (quantity.unit == POINTS)


def holds(change: Change, pair: Pair) -> bool:
    """Whether the claim is right for the pair."""
    quantity = change.quantity
    if quantity is None:
        if re.fullmatch(DOUBLED, change.word):
            return pair.admits_growth(_DOUBLE)
        return pair.now.admitted.meets(pair.before.admitted)
    claimed = quantity.admitted if is_growth(change.word) else quantity.admitted.negated()
    if quantity.unit == POINTS or not quantity.is_ratio:
        return pair.admits_difference(claimed)
    return pair.admits_growth(claimed.scaled(Decimal(100)) if quantity.unit == TIMES else claimed)


def right_words(change: Change, pair: Pair) -> str:
    """What the claim should say, in its own words where they are right."""
    if not pair.difference:
        return "持平"
    grows = pair.difference > 0
    if change.quantity is None:
        if re.fullmatch(DOUBLED, change.word):
            return f"{'增长' if grows else '下降'}{rounded(abs(pair.growth), 1)}%"
        return ("增加" if grows else "减少") + _plain_difference(pair)
    word = change.word if is_growth(change.word) == grows else OPPOSITE[change.word]
    return word + _size(change.quantity, pair)


def _size(quantity: Quantity, pair: Pair) -> str:
    """The right size, printed as the claim's own figure."""
    if quantity.unit == PERCENT and pair.is_of_rates and pair.evidence:
        # 由13.9%提高到17.9%，提高4%: points were meant.
        decimals = max(each.decimals for each in pair.evidence)
        return f"{rounded(abs(pair.difference), decimals)}个{POINTS}"
    if quantity.unit == PERCENT:
        return quantity.like(abs(pair.growth))
    if quantity.unit == TIMES:
        return f"{plain((abs(pair.growth) / 100).quantize(Decimal('0.1')))}{TIMES}"
    if quantity.unit == POINTS:
        return f"{plain(abs(pair.difference))}个{POINTS}"
    return quantity.like(abs(pair.difference))


def _plain_difference(pair: Pair) -> str:
    size = abs(pair.difference)
    if pair.figure is not None:
        return f"{plain(size / in_print_unit(pair.figure.indicator, 1))}{pair.figure.unit}"
    return pair.evidence[0].like(size)


def explain(written: str, right: str, pair: Pair) -> str:
    """One Chinese sentence: what the ledger or the sentence says, and what stands there."""
    if pair.figure is None or pair.bound is None:
        return f"按文中的数字应为“{right}”，文中为“{written}”，请核对。"
    before, now = (
        f"{plain(amount.value / in_print_unit(pair.figure.indicator, 1))}{pair.figure.unit}"
        for amount in (pair.before, pair.now)
    )
    subject = f"{pair.bound.place.name}{pair.bound.period.label}“{pair.figure.label}”"
    return f"{subject}台账由{before}变为{now}，应为“{right}”，文中为“{written}”。"
