"""Rule *comparison*: 同比, 环比, 比上年 and 由…增加到… with a wrong sign or a wrong size.

What a change is measured against stands in the sentence (由40次增加到48次, 比上年的10次, 上年同期30件), follows from it
(48次，比上年增加8次，增长20%), or comes from the ledger. Where it does neither, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from reporting.figurecheck.bases import Bases, Basis
from reporting.figurecheck.binding import Binder, Bound, in_print_unit
from reporting.figurecheck.claims import (
    DOUBLED,
    LEVEL,
    Amount,
    Change,
    Pair,
    explain,
    holds,
    right_words,
    suits,
)
from reporting.figurecheck.finding import Finding
from reporting.figurecheck.growth import CHANGE_WORD, OPPOSITE, is_growth
from reporting.figurecheck.numerals import parse_numeral
from reporting.figurecheck.quantities import Quantity
from reporting.figurecheck.sentence import Sentence
from reporting.figurecheck.setting import Setting
from reporting.figurecheck.units import PERCENT, TIMES, same_kind

_CLAIM: Final = re.compile(rf"(?<!新)(?P<word>{CHANGE_WORD})(?:了|约|近|率|幅度|为|达|达到)*$")
_REACHED: Final = re.compile(rf"(?P<word>{CHANGE_WORD})了?(?P<to>到|至|为)$")
_BARE: Final = re.compile(f"{LEVEL}|{DOUBLED}")
_RATIO: Final = re.compile(r"(?:是|相当于)[^，；]{0,12}?的?$")
#: 相当于上年36万元的107.2%.
_OF_LAST: Final = re.compile(r"(?:是|相当于)(?:上一?年|去年|上季度|上半年)[^，；]{0,12}的$")
#: Where a claim goes on to what was reached: 比年初的50家增加8家，达到58家.
_REACHED_BEHIND: Final = re.compile(r"，?(?:现|目前|已|总数)?(?:达到|达|增至|增加到|升至|减至|降至|至)$")
_QUARTER: Final = re.compile(r"([一二三四1-4])季度")
#: The clause of the other side of a comparison: 上年同期30件.
_EARLIER: Final = re.compile(r"(?<![比较与同由从是])(?:上一?年|去年|上季度|上半年)(?:同期|度)?")
#: 由 and its 到 stand this close, or they are not of one claim.
_NEAR: Final = 12


def check_comparisons(
    sentence: Sentence, binder: Binder | None = None, carried: Setting | None = None
) -> Iterator[Finding]:
    """Findings of one sentence; without ``binder`` only of what the sentence itself says."""
    return _Comparisons(sentence, binder, carried).findings()


class _Comparisons:
    """Goes through a sentence from claim to claim; a claim without a subject goes on with that of the one before."""

    def __init__(self, sentence: Sentence, binder: Binder | None, carried: Setting | None) -> None:
        self.sentence = sentence
        self.text = sentence.text
        self.binder = binder
        self.carried = carried
        self.bases = Bases(binder.context.period.year if binder else None)
        #: What the last claim compared, where its segment begins, and how far the claims have been read.
        self.current: list[Pair] = []
        self.segment = -1
        self.claimed = 0

    def findings(self) -> Iterator[Finding]:
        bare = [Change(m.start(), m.end(), m.group(), None) for m in _BARE.finditer(self.text)]
        steps: list[Quantity | Change] = [*self.sentence.quantities, *bare]
        for step in sorted(steps, key=lambda each: each.start):
            start, _ = self.sentence.segment(step.start)
            if start != self.segment:
                self.segment, self.current = start, []
            yield from self._claim(step) if isinstance(step, Change) else self._figure(step)

    def _figure(self, quantity: Quantity) -> Iterator[Finding]:
        if reached := self._reached(quantity):
            self.current, self.claimed = [reached[0]], quantity.end
            yield from self._direction(*reached, quantity)
        elif match := _CLAIM.search(self.text[: quantity.start]):
            yield from self._claim(Change(match.start(), quantity.end, match["word"], quantity))
        elif quantity.unit == TIMES or (
            quantity.unit == PERCENT and _OF_LAST.search(self.text[: quantity.start])
        ):
            yield from self._ratio(quantity)

    # --- 由40次增加到48次 --------------------------------------------------------------------------------------

    def _reached(self, now: Quantity) -> tuple[Pair, re.Match[str]] | None:
        match = _REACHED.search(self.text[: now.start])
        earlier = [q for q in self.sentence.quantities if self.segment <= q.start and q.stop <= now.start]
        if match is None or not earlier or earlier[-1].unit != now.unit:
            return None
        before = earlier[-1]
        words = self.sentence.clause_before(before.start)
        is_from = re.search(r"[由从]", words) and now.start - before.stop <= _NEAR
        return (Pair.of(before, now), match) if is_from else None

    def _direction(self, pair: Pair, match: re.Match[str], now: Quantity) -> Iterator[Finding]:
        word = match["word"]
        if pair.now.admitted.meets(pair.before.admitted) or is_growth(word) == (pair.difference > 0):
            return
        expected = f"{OPPOSITE[word]}{match['to']}{now.text}"
        change = "增加" if pair.difference > 0 else "减少"
        said = f"从{pair.evidence[0].text}到{now.text}是{change}，与文中的“{word}”相反，请核对。"
        yield self.sentence.finding(
            "comparison", match.start(), now.end, expected, said, others=pair.evidence
        )

    # --- 是上年20次的2倍 ---------------------------------------------------------------------------------------

    def _ratio(self, quantity: Quantity) -> Iterator[Finding]:
        match = _RATIO.search(self.text[: quantity.start])
        if match is None:
            return
        bases = [q for q in self.sentence.before(quantity.start) if q.start > match.start() and q.value > 0]
        nows = [q for q in self._nows(match.start()) if bases and same_kind(q.unit, bases[0].unit)]
        if not nows:
            return
        share = nows[0].admitted.percent_of(bases[0].admitted)
        claimed = quantity.admitted.scaled(Decimal(1 if quantity.unit == PERCENT else 100))
        if share is None or share.meets(claimed):
            return
        times = nows[0].value / bases[0].value
        in_percent = quantity.unit == PERCENT
        expected = quantity.like(times * 100 if in_percent else times.quantize(Decimal("0.1")))
        said = f"{nows[0].text}是{bases[0].text}的{expected}，文中为{quantity.text}，请核对。"
        others = (bases[0], nows[0])
        yield self.sentence.finding("comparison", quantity.start, quantity.end, expected, said, others=others)

    # --- Claims ------------------------------------------------------------------------------------------------

    def _claim(self, change: Change) -> Iterator[Finding]:
        pairs = [pair for pair in self._pairs(change) if suits(change, pair)]
        if not pairs or self._about_a_rate(change, pairs[0]):
            return
        self.claimed = change.end
        if any(holds(change, pair) for pair in pairs):
            return
        pair, quantity = pairs[0], change.quantity
        right = right_words(change, pair)
        start, expected = change.start, right
        if quantity is not None and right.startswith(change.word):
            # The direction is right, so only the number is in question.
            start, expected = quantity.start, right.removeprefix(change.word)
        records = pair.bound.records(pair.figure.indicator) if pair.bound and pair.figure else None
        said = explain(self.text[change.start : change.end], right, pair)
        yield self.sentence.finding(
            "comparison", start, change.end, expected, said, others=pair.evidence, records=records
        )

    def _about_a_rate(self, change: Change, pair: Pair) -> bool:
        """办结率92%，较上年提高2个百分点 is about the rate that stands nearest, not about cases named before it."""
        near = [
            q
            for q in self.sentence.quantities
            if self.segment <= q.start and q.stop <= change.start and not self.sentence.is_change(q)
        ]
        return bool(near) and near[-1].unit == PERCENT and not pair.is_of_rates

    def _pairs(self, change: Change) -> list[Pair]:
        """What the claim may compare; empty where that is not certain."""
        clause = self.sentence.last_mark(change.start)
        words = self.text[clause : change.start]
        inner = [q for q in self.sentence.counts if clause <= q.start and q.stop <= change.start]
        subject = self.bases.subject(self.text[inner[-1].stop if inner else clause : change.start])
        if not inner and not subject and self._goes_on(change, words):
            return self.current
        pair = self._in_sentence(change, words, inner)
        self.current = [pair] if pair else self._in_ledger(change, words, inner, subject)
        return self.current

    def _goes_on(self, change: Change, words: str) -> bool:
        """Whether a claim without a subject of its own is about what the one before it was about."""
        if not self.current or self.bases.is_other(words):
            return False
        if self.bases.named(words) and any(pair.bound for pair in self.current):
            return False  # 同比持平，环比下降20%
        known = {q.start for pair in self.current for q in pair.evidence}
        return all(q.start in known or q.start < self.claimed for q in self._nows(change.start))

    def _nows(self, position: int) -> list[Quantity]:
        """Figures before ``position`` that may be what is compared, nearest first."""
        return [
            q
            for q in self.sentence.before(position, start=self.segment)
            if not self.sentence.is_change(q)
            and not self.sentence.is_each(q)
            and not re.search(r"[比较]", self.sentence.clause_before(q.start))
        ]

    # --- The base in the sentence ------------------------------------------------------------------------------

    def _in_sentence(self, change: Change, words: str, inner: list[Quantity]) -> Pair | None:
        """比去年的150人次, 上年同期30件 in a clause before, or what follows from a difference."""
        named = [q for q in inner if re.search(r"[比较][^，；]{0,13}$", self.text[self.segment : q.start])]
        if named and not self.text[named[-1].stop : change.start].strip("的相比"):
            nows = [q for q in self._nows(named[-1].start) if same_kind(q.unit, named[-1].unit)]
            nows = nows or self._reached_behind(change, named[-1])
            return Pair.of(named[-1], nows[0]) if nows else None
        if self.bases.is_other(words):
            return None
        before = self._nows(change.start)
        if change.count_unit:
            before = [q for q in before if same_kind(q.unit, change.count_unit)]
        earlier = [q for q in before if _EARLIER.search(self.sentence.item(q).before)]
        earlier = earlier or self._earlier_year(before) or self._earlier_quarter(before, words)
        nows = [q for q in before if q not in earlier and earlier and same_kind(q.unit, earlier[0].unit)]
        if len(earlier) == 1 and len(nows) == 1:
            return Pair.of(earlier[0], nows[0])
        return self._implied(change, before)

    def _earlier_year(self, before: list[Quantity]) -> list[Quantity]:
        """2024年走访40次，2025年走访48次: the figure of the earlier of two years."""
        years = [re.search(r"20\d\d(?=年)", self.sentence.item(q).before) for q in before]
        if len(before) != 2 or not years[0] or not years[1]:
            return []
        return before[1:] if int(years[0].group()) == int(years[1].group()) + 1 else []

    def _earlier_quarter(self, before: list[Quantity], words: str) -> list[Quantity]:
        """第二季度6次，第三季度8次，环比增加2次: the figure of the quarter before."""
        quarters = [_QUARTER.search(self.sentence.item(q).before) for q in before]
        if self.bases.named(words) != "period" or len(before) != 2 or not quarters[0] or not quarters[1]:
            return []
        now, earlier = (int(parse_numeral(match[1]) or match[1]) for match in quarters if match)
        return before[1:] if now == earlier + 1 else []

    def _reached_behind(self, change: Change, base: Quantity) -> list[Quantity]:
        """The figure that follows the claim: 比年初的50家增加8家，达到58家."""
        following = [q for q in self.sentence.counts if q.start >= change.end]
        if not following or not same_kind(following[0].unit, base.unit):
            return []
        return following[:1] if _REACHED_BEHIND.fullmatch(self.text[change.end : following[0].start]) else []

    def _implied(self, change: Change, before: list[Quantity]) -> Pair | None:
        """48次，比上年增加8次，增长20%: the base is 40."""
        changes = [
            q for q in self.sentence.before(change.start, start=self.segment) if self.sentence.is_change(q)
        ]
        if change.quantity is None or change.quantity.unit != PERCENT or not changes or not before:
            return None
        difference, now = changes[0], before[0]
        match = _CLAIM.search(self.text[: difference.start])
        apart = self.text[difference.stop : change.start].strip("，、")
        fits = same_kind(difference.unit, now.unit) and now.is_exact and difference.is_exact
        if match is None or apart or not fits or now.start > difference.start:
            return None
        base = now.value - (difference.value if is_growth(match["word"]) else -difference.value)
        return Pair(Amount.of(now), Amount.exact(base), (now, difference)) if base > 0 else None

    # --- The base in the ledger --------------------------------------------------------------------------------

    def _in_ledger(self, change: Change, words: str, inner: list[Quantity], subject: str) -> list[Pair]:
        basis = self.bases.named(self.text[self.segment : change.start])
        if self.binder is None or self.carried is None or basis is None:
            return []
        if self.bases.is_other(words) and not self.bases.named(words):
            return []
        if subject:
            # 信息报送增加5篇: the words before the claim are the label.
            start = change.start - len(words)
            end = start + self.bases.subject_end(words)
            bound = None if inner else self.binder.bind_subject(self.sentence, start, end, self.carried)
            return self._of_ledger(self.binder, bound, None, basis)
        nows = self._nows(change.start)
        if not nows or (change.count_unit and not same_kind(nows[0].unit, change.count_unit)):
            return []
        bound = self.binder.bind(self.sentence, nows[0], self.carried)
        return self._of_ledger(self.binder, bound, nows[0], basis)

    def _of_ledger(
        self, binder: Binder, bound: Bound | None, now: Quantity | None, basis: Basis
    ) -> list[Pair]:
        """The ledger's own pair first; the text's number against the ledger's base may be meant too."""
        figures = binder.figures(bound) if bound else []
        if bound is None or len(figures) != 1:
            return []
        figure = figures[0]
        base = figure.same_period_last_year if basis == "year" else figure.previous
        if base is None or figure.value is None:
            return []
        before = Amount.exact(in_print_unit(figure.indicator, base))
        value = Amount.exact(in_print_unit(figure.indicator, figure.value))
        pairs = [Pair(value, before, (), bound, figure)]
        return pairs if now is None else [*pairs, Pair(Amount.of(now), before, (now,), bound, figure)]
