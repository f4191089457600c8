"""What the check has to say about one number."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

Rule = Literal["share", "sum", "count", "ledger", "comparison"]


@dataclass(frozen=True)
class Records:
    """Where the records behind an expected figure are listed: indicator, division code of the unit, period."""

    indicator: str
    unit: str
    period: str


@dataclass(frozen=True)
class Finding:
    """A number that does not fit; ``start`` and ``end`` are offsets in the text that was checked.

    ``sentence`` and ``found`` are quoted as typed, ``expected`` is printed the way ``found`` is. ``explanation`` is
    one Chinese sentence. ``spans`` are the offsets of everything the conclusion rests on, the number itself first.
    ``key`` stays the same while the sentence does, so that a finding accepted once stays accepted.
    """

    rule: Rule
    sentence: str
    start: int
    end: int
    found: str
    expected: str
    explanation: str
    spans: tuple[tuple[int, int], ...]
    key: str
    records: Records | None = None

    @property
    def indicator(self) -> str | None:
        return self.records.indicator if self.records else None

    def as_json(self) -> dict[str, Any]:
        return {
            "sentence": self.sentence,
            "rule": self.rule,
            "found": self.found,
            "expected": self.expected,
            "indicator": self.indicator,
        }


def finding_key(rule: Rule, sentence: str, at: int, found: str) -> str:
    """A fingerprint of rule, sentence and number.

    ``sentence`` and ``at`` are of the reading, so blanks and the width of punctuation do not matter.
    """
    return hashlib.sha256(f"{rule}\n{sentence}\n{at}\n{found}".encode(errors="surrogatepass")).hexdigest()[
        :32
    ]
