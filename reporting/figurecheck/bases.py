"""What a comparison is made with: last year (同比), the period before (环比), or something no ledger keeps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

Basis = Literal["year", "period"]

_YEAR: Final = (
    r"同比|(?:[比较同跟]|与|相比)(?:于)?(?:上一?年度?|去年|上年度)(?:同期)?(?:相比|的)?|上年同期|去年同期"
)
_PERIOD: Final = re.compile(r"环比|[比较与](?:上一?季度|上半年)(?:相比)?")
_OTHER: Final = re.compile(r"[比较于](?=[^，；]{1,12})|年均|高于|低于")
#: Words of the clause that are about the comparison and no subject of their own.
_PLAIN: Final = re.compile(
    r"(?:同期|同比|环比|相比|并|也|又|还|则|已|均|分别|较|比|与|同|于|跟|上一?年度?|去年|上一?季度|上半年|的"
    r"|基本|大幅|明显|略有|进一步|共|净|数量|实现|总数)*"
)


@dataclass(frozen=True)
class Bases:
    """``year`` is that of the text's own period where it is known: 较2024年 in a text on 2025 is last year."""

    year: int | None

    @cached_property
    def _year(self) -> re.Pattern[str]:
        last = rf"|[比较与](?:于)?{self.year - 1}年度?(?:同期)?(?:相比|的)?" if self.year else ""
        return re.compile(_YEAR + last)

    def named(self, text: str) -> Basis | None:
        """The last basis that ``text`` names."""
        years = [match.end() for match in self._year.finditer(text)]
        periods = [match.end() for match in _PERIOD.finditer(text)]
        if not years and not periods:
            return None
        return "year" if max(years, default=-1) > max(periods, default=-1) else "period"

    def is_other(self, words: str) -> bool:
        """Whether a clause compares with something else: 比2020年, 较全县平均."""
        return bool(_OTHER.search(_PERIOD.sub("", self._year.sub("", words))))

    def subject(self, words: str) -> str:
        """What is left of a clause before its claim when the words about the comparison are taken away."""
        return _PLAIN.sub("", self._year.sub("", words))

    def subject_end(self, words: str) -> int:
        """How much of ``words`` stands before its last words about the comparison: 4 of 信息报送比上年."""
        return next(at for at in range(len(words) + 1) if not self.subject(words[at:]))
