"""A sentence with its figures, and the questions the rules ask about where a figure stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from reporting.figurecheck.finding import Finding, Records, Rule, finding_key
from reporting.figurecheck.growth import CHANGE_WORD
from reporting.figurecheck.quantities import Quantity, quantities
from reporting.figurecheck.text import Reading

#: Marks between the clauses of a sentence, and between the items of a list.
CLAUSE_MARKS: Final = "，；：。！？（）"
ITEM_MARKS: Final = CLAUSE_MARKS + "、"
_CONJUNCTION: Final = re.compile(r"^(?:和|及|与|以及|或|并)")
_EACH: Final = re.compile(
    r"每(?![人户]均)|(?:人均|户均|平均|年均)|均[^，；]{0,6}$"
    r"|(?<![地])各(?![类项级界族地方自种社单部镇乡街村有民宗季村])[^，；、]{0,5}$"
)
_CHANGE: Final = re.compile(rf"(?<!新)(?:{CHANGE_WORD}|增速)(?:了|约|率|幅度|为|达|达到)*$")


@dataclass(frozen=True)
class Item:
    """A figure with the words before and after it, up to the marks of the list it stands in."""

    quantity: Quantity
    before: str
    after: str

    @property
    def label(self) -> str:
        """What the figure counts, as far as its own item says it."""
        return self.before + self.after


@dataclass(frozen=True)
class Sentence:
    reading: Reading

    @property
    def text(self) -> str:
        return self.reading.text

    @cached_property
    def quantities(self) -> list[Quantity]:
        return quantities(self.text)

    @cached_property
    def counts(self) -> list[Quantity]:
        """Figures that count or measure: no rates."""
        return [quantity for quantity in self.quantities if not quantity.is_ratio]

    @cached_property
    def depths(self) -> list[int]:
        """How many brackets are open at each character."""
        depths, depth = [], 0
        for character in self.text:
            depth += character == "（"
            depths.append(depth)
            depth -= character == "）" and depth > 0
        return depths

    def depth(self, quantity: Quantity) -> int:
        return self.depths[quantity.start]

    def last_mark(self, position: int, marks: str = CLAUSE_MARKS) -> int:
        """The index behind the last of ``marks`` before ``position``."""
        return max(self.text.rfind(mark, 0, position) for mark in marks) + 1

    def next_mark(self, position: int, marks: str = CLAUSE_MARKS) -> int:
        """The index of the first of ``marks`` from ``position`` on."""
        found = [at for mark in marks if (at := self.text.find(mark, position)) >= 0]
        return min(found, default=len(self.text))

    def clause_before(self, position: int) -> str:
        """The clause that ``position`` stands in, up to it."""
        return self.text[self.last_mark(position) : position]

    def item(self, quantity: Quantity) -> Item:
        """The figure with its own words; a second figure of one item starts behind the first."""
        start = self.last_mark(quantity.start, ITEM_MARKS)
        end = self.next_mark(quantity.stop, ITEM_MARKS)
        for other in self.quantities:
            if start < other.stop <= quantity.start:
                start = other.stop
            if quantity.stop <= other.start < end:
                # What follows a figure belongs to the next one that has no words of its own.
                end = quantity.stop
        return Item(
            quantity,
            _CONJUNCTION.sub("", self.text[start : quantity.start]),
            self.text[quantity.stop : end],
        )

    def subject(self, quantity: Quantity) -> str:
        """What the figure counts, borrowed from the figures before it where it has no words: 侨眷912户3046人."""
        item = self.item(quantity)
        if item.label or quantity.start == 0:
            return item.label
        before = [q for q in self.quantities if q.stop == quantity.start]
        return self.subject(before[0]) if before else ""

    def is_each(self, quantity: Quantity) -> bool:
        """Whether the figure is said of every one of several: 每处3次, 各2场, 人均."""
        return bool(_EACH.search(self.clause_before(quantity.start)))

    def is_change(self, quantity: Quantity) -> bool:
        """Whether the figure says by how much something has changed: 增加3人."""
        return bool(_CHANGE.search(self.clause_before(quantity.start)))

    def segment(self, position: int) -> tuple[int, int]:
        """The stretch between full stops and semicolons outside of brackets around ``position``."""
        start = 0
        for at, mark in enumerate(self.text):
            if mark in "；。" and not self.depths[at]:
                if at >= position:
                    return start, at
                if not self.text.startswith("其中", at + 1):
                    start = at + 1
        return start, len(self.text)

    def before(self, position: int, *, start: int = 0) -> Iterator[Quantity]:
        """The counts that end before ``position``, nearest first."""
        return (q for q in reversed(self.counts) if start <= q.start and q.stop <= position)

    def finding(
        self,
        rule: Rule,
        start: int,
        end: int,
        expected: str,
        explanation: str,
        *,
        others: Sequence[Quantity] = (),
        records: Records | None = None,
    ) -> Finding:
        """A finding about what stands from ``start`` to ``end``, resting on the figures ``others``."""
        place = self.reading.span(start, end)
        return Finding(
            rule=rule,
            sentence=self.reading.quote(),
            start=place[0],
            end=place[1],
            found=self.reading.quote(start, end),
            expected=expected,
            explanation=explanation,
            spans=(place, *(self.reading.span(other.start, other.end) for other in others)),
            key=finding_key(rule, self.text, start, self.text[start:end]),
            records=records,
        )
