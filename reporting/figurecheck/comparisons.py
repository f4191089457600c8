"""Rule *comparison*: 同比, 环比, 比上年 and 由…增加到… with a wrong sign or a wrong size.

What a change is measured against stands in the sentence (由40次增加到48次, 比上年的10次, 上年同期30件), follows from it
(48次，比上年增加8次，增长20%), or comes from the ledger. Where it does neither, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from ledgers.indicators import Figure
from reporting.figurecheck.binding import Binder, Bound, in_print_unit
from reporting.figurecheck.finding import Finding
from reporting.figurecheck.quantities import PERCENT, POINTS, TIMES, Interval, Quantity, plain, rounded
from reporting.figurecheck.sentence import Sentence, same_kind
from reporting.figurecheck.setting import Setting

Basis = Literal["year", "period"]

_UP: Final = ("增长", "增加", "上升", "提高", "提升", "增多", "上涨", "增幅", "涨幅", "多", "增", "升")
_DOWN: Final = (
    "下降",
    "减少",
    "降低",
    "下滑",
    "回落",
    "缩短",
    "缩减",
    "压减",
    "降幅",
    "减幅",
    "少",
    "减",
    "降",
)
_TURNED: Final = {
    "增长": "下降", "增加": "减少", "上升": "下降", "提高": "降低", "提升": "降低", "增多": "减少", "上涨": "下降", "增幅": "降幅", "涨幅": "降幅",
    "多": "少", "增": "减", "升": "降", "下降": "上升", "减少": "增加", "降低": "提高", "下滑": "上升", "回落": "上升", "缩短": "延长",
    "缩减": "增加", "压减": "增加", "降幅": "增幅", "减幅": "增幅", "少": "多", "减": "增", "降": "升",
}  # fmt: skip
_WORD: Final = "|".join((*_UP, *_DOWN))
_CLAIM: Final = re.compile(
    rf"(?P<word>(?<!新){'(?:' + _WORD + ')'})(?P<gap>(?:了|约|近|率|幅度|为|达|达到)*)$"
)
_REACHED: Final = re.compile(rf"(?P<word>{_WORD})(?:了)?(?P<to>到|至|为)$")
_LEVEL: Final = re.compile(r"(?:基本)?持平|保持不变|没有变化")
_DOUBLED: Final = re.compile(r"翻了?一?番|翻了?一倍")
_RATIO: Final = re.compile(r"是(?P<base>[^，；]{0,12}?)的?$")
_YEAR_BASIS: Final = re.compile(
    r"同比|(?:[比较同跟]|与|相比)(?:于)?(?:上一?年度?|去年|上年度)(?:同期)?(?:相比|的)?|上年同期|去年同期"
)
_PERIOD_BASIS: Final = re.compile(r"环比|[比较与](?:上一?季度|上半年)(?:相比)?")
_OTHER_BASIS: Final = re.compile(r"[比较于](?=[^，；]{1,12})|年均|高于|低于")
_EARLIER: Final = re.compile(r"(?<![比较与同由从是])(?:上一?年|去年|上季度|上半年)(?:同期|度)?")
#: Words of the clause that are about the comparison and no subject of their own.
_PLAIN: Final = re.compile(
    r"(?:同期|同比|环比|相比|并|也|又|还|则|已|均|分别|较|比|与|同|于|跟|上一?年度?|去年|上年度|上一?季度|上半年|的|基本|大幅|明显|略有|进一步|共|净|数量|实现|总数)*"
)


@dataclass(frozen=True)
class Change:
    """A claim: ``start`` of its word, its word, and its figure (None for 持平 and 翻番)."""

    start: int
    end: int
    word: str
    quantity: Quantity | None

    @property
    def sign(self) -> int:
        return 1 if self.word in _UP else -1


@dataclass(frozen=True)
class Pair:
    """What is compared. Several values may be meant: the text's and the ledger's."""

    now: Interval
    before: Interval
    evidence: tuple[Quantity, ...] = ()
    bound: Bound | None = None
    figure: Figure | None = None

    @property
    def difference(self) -> Interval:
        low = self.now.low - (self.before.high if self.before.high is not None else self.now.low)
        return Interval(low, None if self.now.high is None else self.now.high - self.before.low)

    @property
    def rate(self) -> Interval | None:
        """The growth in percent; None on a base of nothing."""
        share = self.now.percent_of(self.before)
        if share is None:
            return None
        return Interval(share.low - 100, None if share.high is None else share.high - 100)

    @property
    def value(self) -> Decimal:
        """The difference that is expected."""
        return self.now.low - self.before.low

    @property
    def percent(self) -> Decimal:
        return self.value * 100 / self.before.low


def check_comparisons(
    sentence: Sentence, binder: Binder | None = None, carried: Setting | None = None
) -> Iterator[Finding]:
    """Findings of one sentence; without ``binder`` only of what the sentence itself says."""
    return _Check(sentence, binder, carried).findings()


class _Check:
    def __init__(self, sentence: Sentence, binder: Binder | None, carried: Setting | None) -> None:
        self.sentence = sentence
        self.text = sentence.text
        self.binder = binder
        self.carried = carried
        #: What the claims of the segment go on with, and where that segment begins.
        self.current: list[Pair] = []
        self.segment = -1
        #: How far the claims have been read.
        self.claimed = 0
        #: 较2024年 in a report on 2025 compares with last year.
        year = binder.context.period.year - 1 if binder else None
        self.last_year = re.compile(rf"{_YEAR_BASIS.pattern}|[比较与](?:于)?{year}年度?(?:同期)?(?:相比|的)?")

    def findings(self) -> Iterator[Finding]:
        for quantity in self.sentence.quantities:
            self._enter(quantity.start)
            if pair := self._from_to(quantity):
                self.current, self.claimed = [pair], quantity.end
                yield from self._direction(quantity, pair)
            elif match := _CLAIM.search(self.text[: quantity.start]):
                yield from self._claim(Change(match.start(), quantity.end, match["word"], quantity))
            elif quantity.unit == TIMES:
                yield from self._ratio(quantity)
        for pattern in (_LEVEL, _DOUBLED):
            for match in pattern.finditer(self.text):
                self._enter(match.start())
                yield from self._claim(Change(match.start(), match.end(), match.group(), None))

    def _enter(self, position: int) -> None:
        """A comparison goes on in the clauses behind it, not beyond the semicolon."""
        start, _ = self.sentence.segment(position)
        if start != self.segment:
            self.segment, self.current = start, []

    # --- 由40次增加到48次 --------------------------------------------------------------------------------------

    def _from_to(self, now: Quantity) -> Pair | None:
        if not _REACHED.search(self.text[: now.start]):
            return None
        for before in reversed(self.sentence.quantities):
            if before.stop <= now.start and before.unit == now.unit and before.start >= self.segment:
                words = self.text[self.sentence.last_mark(before.start) : before.start]
                between = self.text[before.stop : now.start]
                if re.search(r"[由从]", words) and len(between) <= 12:
                    return Pair(now.admitted, before.admitted, (before, now))
                return None
        return None

    def _direction(self, now: Quantity, pair: Pair) -> Iterator[Finding]:
        match = _REACHED.search(self.text[: now.start])
        if match is None or not pair.evidence[0].is_exact and pair.evidence[0].value == now.value:
            return
        sign = 1 if match["word"] in _UP else -1
        difference = now.value - pair.evidence[0].value
        if difference * sign >= 0:
            return
        expected = f"{_TURNED[match['word']]}{match['to']}{now.text}"
        said = f"{pair.evidence[0].text}到{now.text}是{'增加' if difference > 0 else '减少'}，与文中的“{match['word']}”相反。"
        yield self.sentence.finding(
            "comparison", now, expected, said, others=pair.evidence[:1], start=match.start()
        )

    # --- Claims ------------------------------------------------------------------------------------------------

    def _claim(self, change: Change) -> Iterator[Finding]:
        pairs = [pair for pair in self._pairs(change) if self._suits(change, pair)]
        if not pairs:
            return
        if change.quantity is None:
            wrong = not any(self._holds_level(change, pair) for pair in pairs)
        else:
            wrong = not any(_holds(change, pair) for pair in pairs)
        self.claimed = change.end
        if wrong:
            yield from self._report(change, pairs[0])

    def _pairs(self, change: Change) -> list[Pair]:
        """What the claim may compare, the surest last resort first; empty where that is not certain."""
        clause = self.sentence.last_mark(change.start)
        words = self.text[clause : change.start]
        inner = [q for q in self.sentence.counts if clause <= q.start and q.stop <= change.start]
        subject = _PLAIN.sub("", self.last_year.sub("", self._after(inner, clause, change.start)))
        if not inner and not subject and self._goes_on(change, words):
            return self.current
        pair = self._explicit(change, words, inner)
        self.current = [pair] if pair else self._ledger_pairs(change, words, inner, subject, clause)
        return self.current

    def _goes_on(self, change: Change, words: str) -> bool:
        """Whether a claim without a subject of its own is about what the one before it was about."""
        if not self.current or self._other(words) or self._turns(change, words):
            return False
        known = {q.start for pair in self.current for q in pair.evidence}
        return all(q.start in known or q.start < self.claimed for q in self._nows(change.start))

    def _suits(self, change: Change, pair: Pair) -> bool:
        """Whether the claim can be about the pair: 提高2个百分点 is not about a number of cases."""
        quantity = change.quantity
        nearest = [
            q for q in self.sentence.quantities if q.stop <= change.start and not self.sentence.is_change(q)
        ]
        units = {q.unit for q in pair.evidence} | ({pair.figure.unit} if pair.figure else set())
        rates = PERCENT in units
        if nearest and nearest[-1].unit == PERCENT and nearest[-1].start >= self.segment and not rates:
            return False
        if quantity is None or quantity.unit in (PERCENT, TIMES):
            return True
        return rates if quantity.unit == POINTS else not rates

    def _turns(self, change: Change, words: str) -> bool:
        """Whether the clause names a basis that the pair at hand is not about: 同比持平，环比下降."""
        of_ledger = any(pair.bound for pair in self.current)
        return of_ledger and self._has_basis(words)

    def _has_basis(self, words: str) -> bool:
        return bool(self.last_year.search(words) or _PERIOD_BASIS.search(words))

    def _other(self, words: str) -> bool:
        """Whether a clause compares with something that is neither last year nor the period before."""
        return bool(_OTHER_BASIS.search(_PERIOD_BASIS.sub("", self.last_year.sub("", words))))

    def _after(self, inner: list[Quantity], clause: int, end: int) -> str:
        """The words of the clause behind its last figure."""
        return self.text[inner[-1].stop if inner else clause : end]

    def _explicit(self, change: Change, words: str, inner: list[Quantity]) -> Pair | None:
        """A base in the sentence: 比去年的150人次, or 上年同期30件 in a clause before."""
        unit = None if change.quantity is None or change.quantity.is_ratio else change.quantity.unit
        based = [q for q in inner if re.search(r"[比较][^，；]*$", self.text[self.segment : q.start][-14:])]
        if based and not self.text[based[-1].stop : change.start].strip("的相比"):
            nows = [q for q in self._nows(based[-1].start) if same_kind(q.unit, based[-1].unit)]
            return Pair(nows[0].admitted, based[-1].admitted, (based[-1], nows[0])) if nows else None
        if self._other(words):
            return None
        before = [q for q in self._nows(change.start) if unit is None or same_kind(q.unit, unit)]
        earlier = [q for q in before if _EARLIER.search(self.sentence.item(q).before)] or self._of_years(
            before
        )
        nows = [q for q in before if q not in earlier and earlier and same_kind(q.unit, earlier[0].unit)]
        if len(earlier) == 1 and len(nows) == 1:
            return Pair(nows[0].admitted, earlier[0].admitted, (earlier[0], nows[0]))
        return self._implied(change, before)

    def _of_years(self, before: list[Quantity]) -> list[Quantity]:
        """2024年走访40次，2025年走访48次: the figure of the earlier of two years."""
        years = [
            (match.group(), q)
            for q in before
            if (match := re.search(r"20\d\d(?=年)", self.sentence.item(q).before))
        ]
        if len(years) != 2 or len(before) != 2 or int(years[0][0]) != int(years[1][0]) + 1:
            return []
        return [years[1][1]]

    def _nows(self, position: int) -> list[Quantity]:
        """Figures before ``position`` that may be what is compared, nearest first."""
        return [
            q
            for q in self.sentence.before(position, start=self.segment)
            if not self.sentence.is_change(q)
            and not self.sentence.is_each(q)
            and not re.search(r"[比较]", self.sentence.clause_before(q.start))
        ]

    def _implied(self, change: Change, before: list[Quantity]) -> Pair | None:
        """48次，比上年增加8次，增长20%: the base is 40."""
        if change.quantity is None or change.quantity.unit != PERCENT:
            return None
        differences = [
            q for q in self.sentence.before(change.start, start=self.segment) if self.sentence.is_change(q)
        ]
        if not differences or not before or not same_kind(differences[0].unit, before[0].unit):
            return None
        difference, now = differences[0], before[0]
        between = self.text[difference.stop : change.start].strip("，")
        match = _CLAIM.search(self.text[: difference.start])
        if (
            between
            or match is None
            or now.start > difference.start
            or not (now.is_exact and difference.is_exact)
        ):
            return None
        base = now.value - difference.value * (1 if match["word"] in _UP else -1)
        return Pair(now.admitted, Interval(base, base), (now, difference)) if base > 0 else None

    # --- The ledger --------------------------------------------------------------------------------------------

    def _ledger_pairs(
        self, change: Change, words: str, inner: list[Quantity], subject: str, clause: int
    ) -> list[Pair]:
        if self.binder is None or self.carried is None:
            return []
        basis = self._basis(change, words)
        if basis is None:
            return []
        bound, now = self._subject(change, inner, subject, clause)
        if bound is None or len(bound.indicators) != 1:
            return []
        return self._of_ledger(bound, now, basis)

    def _basis(self, change: Change, words: str) -> Basis | None:
        """What the clause compares with; a later clause goes on with that of the one before."""
        stretch = self.text[self.segment : change.start]
        found = [("year", m.end()) for m in self.last_year.finditer(stretch)]
        found += [("period", m.end()) for m in _PERIOD_BASIS.finditer(stretch)]
        if not found and self.segment and self.text.startswith("与上年相比，"):
            return "year"
        if not found or (self._other(words) and not self._has_basis(words)):
            return None
        return "year" if max(found, key=lambda item: item[1])[0] == "year" else "period"

    def _subject(
        self, change: Change, inner: list[Quantity], subject: str, clause: int
    ) -> tuple[Bound | None, Quantity | None]:
        binder, carried = self.binder, self.carried
        if binder is None or carried is None:
            return None, None
        if subject and not inner:
            # 信息报送增加5篇: the words before the claim are the label.
            end = change.start
            while end > clause and _PLAIN.fullmatch(self.text[end - 1 : change.start]):
                end -= 1
            return binder.bind_subject(self.sentence, clause, end, carried), None
        if subject:
            return None, None
        nows = self._nows(change.start)
        unit = None if change.quantity is None or change.quantity.is_ratio else change.quantity.unit
        if not nows or (unit is not None and not same_kind(nows[0].unit, unit)):
            return None, None
        return binder.bind(self.sentence, nows[0], carried), nows[0]

    def _of_ledger(self, bound: Bound, now: Quantity | None, basis: Basis) -> list[Pair]:
        if self.binder is None:
            return []
        figures = self.binder.figures(bound)
        if not figures:
            return []
        figure = figures[0]
        base = figure.same_period_last_year if basis == "year" else figure.previous
        if base is None or figure.value is None:
            return []
        value, before = (in_print_unit(figure.indicator, n) for n in (figure.value, base))
        exact = Interval(before, before)
        pairs = [Pair(Interval(value, value), exact, (), bound, figure)]
        if now is not None:
            pairs.append(Pair(now.admitted, exact, (now,), bound, figure))
        return pairs

    # --- Verdicts ----------------------------------------------------------------------------------------------

    def _holds_level(self, change: Change, pair: Pair) -> bool:
        if _LEVEL.fullmatch(change.word):
            return pair.now.meets(pair.before)
        rate = pair.rate
        return rate is None or rate.meets(Interval(Decimal(90), Decimal(150)))

    def _ratio(self, quantity: Quantity) -> Iterator[Finding]:
        """是上年20次的2倍"""
        match = _RATIO.search(self.text[: quantity.start])
        bases = [
            q for q in self.sentence.counts if match and match.start() < q.start and q.stop <= quantity.start
        ]
        nows = (
            [q for q in self._nows(match.start()) if match and bases and same_kind(q.unit, bases[0].unit)]
            if match
            else []
        )
        if not bases or not nows or bases[0].value <= 0:
            return
        pair = Pair(nows[0].admitted, bases[0].admitted, (bases[0], nows[0]))
        share = pair.now.percent_of(pair.before)
        if share is None or share.meets(quantity.admitted.scaled(Decimal(100))):
            return
        expected = quantity.like((nows[0].value / bases[0].value).quantize(Decimal("0.1")))
        said = f"{nows[0].text}是{bases[0].text}的{expected}，文中为{quantity.text}，请核对。"
        yield self.sentence.finding("comparison", quantity, expected, said, others=pair.evidence)

    def _report(self, change: Change, pair: Pair) -> Iterator[Finding]:
        right = _right_words(change, pair)
        quantity = change.quantity
        anchor = quantity or Quantity(
            change.start,
            change.end,
            change.end,
            change.word,
            Decimal(0),
            "",
            Decimal(1),
            1,
            Interval(Decimal(0), Decimal(0)),
        )
        turned = quantity is None or not right.startswith(change.word)
        expected = right if turned else right.removeprefix(change.word)
        records = pair.bound.records(pair.figure.indicator) if pair.bound and pair.figure else None
        yield self.sentence.finding(
            "comparison", anchor, expected, self._explain(change, pair, right), others=pair.evidence,
            start=change.start if turned else None, end=change.end, records=records,
        )  # fmt: skip

    def _explain(self, change: Change, pair: Pair, right: str) -> str:
        written = self.text[change.start : change.end]
        if pair.figure is None or pair.bound is None:
            return f"按文中的数字应为{right}，文中为{written}，请核对。"
        unit = pair.figure.unit
        values = [
            plain(n / in_print_unit(pair.figure.indicator, 1)) + unit for n in (pair.before.low, pair.now.low)
        ]
        return f"{pair.bound.place.name}{pair.bound.period.label}“{pair.figure.label}”台账由{values[0]}变为{values[1]}，应为{right}，文中为{written}。"


def _holds(change: Change, pair: Pair) -> bool:
    """Whether the claimed figure is right for ``pair``."""
    quantity = change.quantity
    if quantity is None:
        return True
    claimed = quantity.admitted if change.sign > 0 else quantity.admitted.scaled(Decimal(-1))
    if change.sign < 0:
        claimed = Interval(
            -(quantity.admitted.high if quantity.admitted.high is not None else Decimal(10) ** 12),
            -quantity.admitted.low,
        )
    if quantity.unit == POINTS or not quantity.is_ratio:
        return pair.difference.meets(claimed)
    rate = pair.rate
    if rate is None:
        return True
    return rate.meets(claimed.scaled(Decimal(100)) if quantity.unit == TIMES else claimed)


def _right_words(change: Change, pair: Pair) -> str:
    """What the claim should say: direction and size, in its own words where they are right."""
    if pair.value == 0:
        return "持平"
    word = change.word
    if change.quantity is None:
        if _DOUBLED.fullmatch(word):
            return f"{'增长' if pair.value > 0 else '下降'}{rounded(abs(pair.percent), 1)}%"
        unit = pair.figure.unit if pair.figure else (pair.evidence[0].unit if pair.evidence else "")
        size = abs(pair.value) / (in_print_unit(pair.figure.indicator, 1) if pair.figure else 1)
        return f"{'增加' if pair.value > 0 else '减少'}{plain(size)}{unit}"
    if (pair.value > 0) != (change.sign > 0):
        word = _TURNED[word]
    return word + _size(change.quantity, pair)


def _size(quantity: Quantity, pair: Pair) -> str:
    percents = pair.evidence and pair.evidence[0].unit == PERCENT
    if percents:
        decimals = max(q.decimals for q in (*pair.evidence, quantity))
        if quantity.unit == POINTS:
            return f"{plain(abs(pair.value))}个{POINTS}"
        return f"{rounded(abs(pair.value), decimals)}个{POINTS}"
    if quantity.unit == PERCENT:
        return quantity.like(abs(pair.percent))
    if quantity.unit == TIMES:
        return quantity.like((abs(pair.percent) / 100).quantize(Decimal("0.1")))
    return quantity.like(abs(pair.value))
