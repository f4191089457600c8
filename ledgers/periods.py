"""Reporting periods: a calendar year, half-year or quarter, written ``2025``, ``2025H1``, ``2025Q3``.

Months exist within the program only, where a target is set for each: nobody reports by the month.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PeriodKind = Literal["year", "half", "quarter", "month"]

_FORM = re.compile(r"(?P<year>[12]\d{3})(?:(?P<letter>[HhQq])(?P<number>[1-4]))?")
_PARTS: dict[PeriodKind, int] = {"year": 1, "half": 2, "quarter": 4, "month": 12}
_LETTER: dict[PeriodKind, str] = {"year": "", "half": "H", "quarter": "Q", "month": "M"}


class PeriodError(ValueError):
    """The text is not a period; the message is a Chinese sentence fit for the screen."""


@dataclass(frozen=True, order=True)
class Period:
    """An immutable reporting period.

    ``number`` is 1 for a year, 1-2 for a half, 1-4 for a quarter, 1-12 for a month. Sorting orders by year, then by
    kind, then by number.
    """

    year: int
    kind: PeriodKind = "year"
    number: int = 1

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 2999 or not 1 <= self.number <= _PARTS[self.kind]:
            raise PeriodError("期间应写作 2025、2025H1 或 2025Q3。")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2025``, ``2025H1`` or ``2025Q3`` (case does not matter); raises PeriodError."""
        match = _FORM.fullmatch(str(text).strip())
        if match is None:
            raise PeriodError(f"“{str(text)[:20]}”不是期间：应写作 2025、2025H1 或 2025Q3。")
        letter = (match["letter"] or "").upper()
        kind: PeriodKind = {"": "year", "H": "half", "Q": "quarter"}[letter]  # type: ignore[assignment]
        return cls(int(match["year"]), kind, int(match["number"] or 1))

    @classmethod
    def containing(cls, day: dt.date, kind: PeriodKind = "year") -> Period:
        """The period of ``kind`` in which ``day`` falls."""
        return cls(day.year, kind, (day.month - 1) // (12 // _PARTS[kind]) + 1)

    def __str__(self) -> str:
        return f"{self.year}{_LETTER[self.kind]}{'' if self.kind == 'year' else self.number}"

    @property
    def months(self) -> int:
        return 12 // _PARTS[self.kind]

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.year, (self.number - 1) * self.months + 1, 1)

    @property
    def last_day(self) -> dt.date:
        month = self.number * self.months
        following = dt.date(self.year + 1, 1, 1) if month == 12 else dt.date(self.year, month + 1, 1)
        return following - dt.timedelta(days=1)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day, as ``__range`` lookups take them."""
        return self.first_day, self.last_day

    @property
    def previous(self) -> Period:
        """The period before (环比)."""
        if self.number > 1:
            return Period(self.year, self.kind, self.number - 1)
        return Period(self.year - 1, self.kind, _PARTS[self.kind])

    @property
    def next(self) -> Period:
        if self.number < _PARTS[self.kind]:
            return Period(self.year, self.kind, self.number + 1)
        return Period(self.year + 1, self.kind, 1)

    @property
    def same_period_last_year(self) -> Period:
        """The same period one year earlier (同比)."""
        return Period(self.year - 1, self.kind, self.number)

    @property
    def label(self) -> str:
        return f"{self.year}年{self.label_in_year}"

    @property
    def label_in_year(self) -> str:
        """What the period is called where the year is known; nothing for the year itself."""
        if self.kind == "month":
            return f"{self.number}月"
        if self.kind == "quarter":
            return f"第{'一二三四'[self.number - 1]}季度"
        return f"{'上下'[self.number - 1]}半年" if self.kind == "half" else ""

    def split(self, kind: PeriodKind) -> list[Period]:
        """The periods of ``kind`` that make up this one, first to last; none where they are longer than this one."""
        span = self.months * _PARTS[kind] // 12
        return [Period(self.year, kind, (self.number - 1) * span + n) for n in range(1, span + 1)]

    @property
    def quarters(self) -> list[Period]:
        """The quarters that make up this period, first to last; a month has none."""
        return self.split("quarter")

    def contains(self, day: dt.date) -> bool:
        return self.first_day <= day <= self.last_day

    def back(self, count: int) -> Iterator[Period]:
        """``count`` periods ending with this one, oldest first."""
        chain = [self]
        while len(chain) < count:
            chain.append(chain[-1].previous)
        return reversed(chain)
