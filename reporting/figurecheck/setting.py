"""When and where a number is meant. A sentence is read for the last time and place named before the number; a
paragraph hands both on to its next sentence. A time or place that no figure of the ledger can stand for makes the
answer None, and the rules silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ledgers.periods import Period
from reporting.figurecheck.context import FiguresContext, Place
from reporting.figurecheck.times import last_time

#: How a text names the unit it reports on, and what is larger, by the unit's level.
_OWN: Final = {
    "township": r"全镇|全乡|全街道|[我本](?:镇|乡|街道)|辖区内?|镇域?内|镇党委|(?:街道)?党工委|镇统战办"
    r"|[镇乡](?=商会|侨联|$)",
    "county": r"全县|全区|[我本][县区]|县委统战部|辖区内?",
    "village": r"全村|[我本]村|全社区|[我本]社区|辖区内?",
}
_LARGER: Final = {
    "township": r"全县|全区|全市|全省|全国|全州|县级|我县",
    "county": r"全市|全省|全国",
    "village": r"全镇|全乡|全街道|全县|全区|全市|全省|全国",
}
#: The name of a unit that the ledger may not know, at the beginning of a clause.
_SOME_UNIT: Final = re.compile(
    r"(?:^|(?<=[，；：。（、]))(?![各全我本该某多\d])[一-龥]{1,4}(?:村|社区|镇|乡|街道|县)(?![民级居委干务内域党政统（商])"
)


@dataclass(frozen=True)
class Setting:
    """``period`` and ``place`` of a number; None where no figure of the ledger can be meant."""

    period: Period | None
    place: Place | None


@dataclass(frozen=True)
class Settings:
    """Reads times and places for one context."""

    context: FiguresContext

    @property
    def default(self) -> Setting:
        return Setting(self.context.period, self.context.place)

    @cached_property
    def _names(self) -> dict[str, Place | None]:
        """Names of the unit and those below it; None for a name that two of them have."""
        names: dict[str, Place | None] = {}
        for place in (self.context.place, *self.context.below):
            names[place.name] = None if place.name in names else place
        return names

    @cached_property
    def place_words(self) -> re.Pattern[str]:
        """Everything that names a unit the ledger knows."""
        names = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        return re.compile(rf"(?P<name>{names})|{_OWN[self.context.place.level]}")

    def at(self, text: str, position: int, carried: Setting) -> Setting:
        """The setting of a number at ``position``, after ``carried`` of the sentences before."""
        before = text[:position]
        return Setting(
            last_time(before, self.context.period, carried.period), self._place(before, carried.place)
        )

    def _place(self, text: str, carried: Place | None) -> Place | None:
        own = self.context.place
        known = {
            match.start(): self._names[match["name"]] if match["name"] else own
            for match in self.place_words.finditer(text)
        }
        larger = re.finditer(_LARGER[own.level], text)
        others = {match.start(): None for match in (*larger, *_SOME_UNIT.finditer(text))}
        found = others | known
        return found[max(found)] if found else carried
