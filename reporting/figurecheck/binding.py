"""Which figure of the ledger a number in a sentence claims to be, if it is certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from ledgers.indicators import STOCK, Figure, Indicator
from ledgers.periods import Period
from reporting.figurecheck.context import FiguresContext, Place
from reporting.figurecheck.finding import Records
from reporting.figurecheck.quantities import Quantity
from reporting.figurecheck.sentence import ITEM_MARKS, Sentence
from reporting.figurecheck.setting import Setting, Settings
from reporting.figurecheck.times import TIME_WORDS
from reporting.figurecheck.units import PERCENT, unit_fits
from reporting.figurecheck.vocabulary import (
    Mention,
    Vocabulary,
    is_dependent,
    is_narrowing,
    is_planned,
    is_visited,
)

#: Money is kept in 万元 and read in 元.
_PER_UNIT = {"万元": Decimal(10_000)}


@dataclass(frozen=True)
class Bound:
    """A number's place in the ledger. Two indicators may share a synonym; either may be meant."""

    indicators: tuple[Indicator, ...]
    period: Period
    place: Place

    def records(self, indicator: Indicator) -> Records:
        return Records(indicator.code, self.place.code, str(self.period))


def in_print_unit(indicator: Indicator, value: Decimal | int) -> Decimal:
    """A ledger value in the unit that numbers are read in."""
    return Decimal(value) * _PER_UNIT.get(indicator.unit, Decimal(1))


@dataclass(frozen=True)
class Binder:
    """Binds the numbers of sentences to the figures of one context."""

    context: FiguresContext

    @cached_property
    def settings(self) -> Settings:
        return Settings(self.context)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        neutral = (*TIME_WORDS, self.settings.place_words)
        return Vocabulary(self.context.indicators, neutral)

    def figures(self, bound: Bound) -> list[Figure]:
        """The figures ``bound`` may mean that the ledger knows; empty unless it knows them all."""
        known = self.context.figures(bound.place, bound.period)
        found = [known[i.code] for i in bound.indicators if i.code in known]
        complete = len(found) == len(bound.indicators) and all(f.value is not None for f in found)
        return found if complete else []

    def bind(self, sentence: Sentence, quantity: Quantity, carried: Setting) -> Bound | None:
        """What ``quantity`` claims to be; None where a word of the sentence leaves it in doubt."""
        if quantity.is_ratio and quantity.unit != PERCENT:
            return None
        if sentence.is_each(quantity) or sentence.is_change(quantity) or is_planned(sentence.text):
            return None
        mention = self._mention(sentence, quantity)
        if mention is None or not self._is_whole(sentence, quantity, mention, carried):
            return None
        return self._bound(sentence, mention, quantity.unit, quantity.start, carried)

    def bind_subject(self, sentence: Sentence, start: int, end: int, carried: Setting) -> Bound | None:
        """What the words from ``start`` to ``end`` name when they stand for a figure: 信息报送(增加5篇)."""
        if is_planned(sentence.text):
            return None
        mentions = self.vocabulary.mentions(sentence.text, start, end)
        if not mentions or not self.vocabulary.is_gap(sentence.text[mentions[-1].end : end]):
            return None
        mention = mentions[-1]
        if not self._unnarrowed(sentence, start, mention.start):
            return None
        return self._bound(sentence, mention, None, start, carried)

    def _bound(
        self, sentence: Sentence, mention: Mention, unit: str | None, position: int, carried: Setting
    ) -> Bound | None:
        fitting = tuple(i for i in mention.indicators if unit is None or unit_fits(unit, i.unit))
        setting = self.settings.at(sentence.text, position, carried)
        if not fitting or setting.period is None or setting.place is None:
            return None
        return Bound(fitting, setting.period, setting.place)

    # --- The label ---------------------------------------------------------------------------------------------

    def _mention(self, sentence: Sentence, quantity: Quantity) -> Mention | None:
        """The label right before the number, or right behind it: 专题会议3次, 3次专题会议."""
        text = sentence.text
        start, end = sentence.last_mark(quantity.start), sentence.next_mark(quantity.stop)
        before = [m for m in self.vocabulary.mentions(text, start, quantity.start) if self._fits(m, quantity)]
        if before:
            mention = before[-1]
            gap = _without(sentence.quantities, text, mention.end, quantity.start, "")
            apart = [q for q in sentence.quantities if mention.end <= q.start < quantity.start]
            if self.vocabulary.is_gap(gap) and all(q.unit != quantity.unit for q in apart):
                return mention if self._ends(sentence, quantity.stop, end) else None
        behind = self.vocabulary.mentions(text, quantity.stop, end)
        if behind and text[quantity.stop : behind[0].start] in ("", "的") and self._fits(behind[0], quantity):
            noun_end = sentence.next_mark(quantity.stop, ITEM_MARKS)
            if self.vocabulary.is_gap(text[behind[0].end : noun_end]) and behind[0].end <= noun_end:
                return behind[0]
        return None

    def _fits(self, mention: Mention, quantity: Quantity) -> bool:
        return any(unit_fits(quantity.unit, indicator.unit) for indicator in mention.indicators)

    def _ends(self, sentence: Sentence, stop: int, end: int) -> bool:
        """Whether the item ends behind the number, or goes on with another figure or label."""
        rest = sentence.text[stop : end + 1]
        following = any(q.start == stop for q in sentence.quantities)
        return following or self.vocabulary.is_tail(rest)

    # --- What narrows it ---------------------------------------------------------------------------------------

    def _is_whole(self, sentence: Sentence, quantity: Quantity, mention: Mention, carried: Setting) -> bool:
        """Whether the number counts all that the label names, and not some of it."""
        if sentence.depth(quantity):
            return False
        start, _ = sentence.segment(quantity.start)
        clause = sentence.last_mark(quantity.start)
        if not self._unnarrowed(sentence, clause, min(mention.start, quantity.start)):
            return False
        earlier = sentence.text[start:clause]
        if is_narrowing(earlier):
            return False
        counts = [q for q in sentence.counts if start <= q.start < clause]
        if any(i.kind == STOCK for i in mention.indicators) and any(
            q.unit == quantity.unit and is_visited(sentence.clause_before(q.start)) for q in counts
        ):
            return False  # 走访企业30家，会员企业20家: some of those that were visited
        if sentence.text.startswith("其中", clause) or "其中" in earlier:
            return bool(counts) and self.bind(sentence, counts[0], carried) is not None
        return not is_dependent(mention.label) or self._depends_on_known(sentence, mention, counts, carried)

    def _depends_on_known(
        self, sentence: Sentence, mention: Mention, counts: Sequence[Quantity], carried: Setting
    ) -> bool:
        """Whether a label such as 参训 goes on from figures of the ledger, the last one of its own family.

        举办技能培训1次，参加培训35人次 means those of the skills course, although 参加培训 is a synonym of
        another figure.
        """
        bound = [self.bind(sentence, quantity, carried) for quantity in counts]
        if not bound:
            return True
        families = {indicator.family for indicator in mention.indicators}
        return all(bound) and bound[-1] is not None and bound[-1].indicators[0].family in families

    def _unnarrowed(self, sentence: Sentence, start: int, end: int) -> bool:
        return self.vocabulary.is_neutral(_without(sentence.quantities, sentence.text, start, end, "、"))


def _without(quantities: Sequence[Quantity], text: str, start: int, end: int, instead: str) -> str:
    """The stretch of ``text`` with ``instead`` for each figure in it."""
    kept, at = [], start
    for quantity in quantities:
        if start <= quantity.start < end:
            kept += [text[at : quantity.start], instead]
            at = min(quantity.stop, end)
    return "".join([*kept, text[at:end]])
