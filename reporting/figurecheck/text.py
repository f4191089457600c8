"""Text as the rules read it: one width of punctuation, no blanks, sentences that know where they came from.

The rules work on a reading of the text, never on the text itself. Every character of the reading keeps the offset of
the character it was read from, so that a finding can be marked in what the author typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Full-width letters, digits and signs (U+FF01-FF5E) are their ASCII twins; Chinese clause marks stay full-width.
_WIDTHS: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_MARKS: Final = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "!": "！", "?": "？", ".": "。"}
_OTHERS: Final = {
    **dict.fromkeys(map(ord, "–—―－−‐‑"), "-"),
    **dict.fromkeys(map(ord, "〜∼"), "~"),
    ord("﹪"): "%",
    ord("｡"): "。",
    ord("﹐"): "，",
    ord("○"): "〇",
}
_INVISIBLE: Final = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff]")
_ENDS: Final = "。！？"
_CLOSING: Final = "”’」』）》"
#: What goes on with the sentence before it, although a full stop stands between.
_CONTINUES: Final = ("其中",)


@dataclass(frozen=True)
class Reading:
    """``text`` is what the rules see; ``origin[i]`` is where its i-th character stands in ``source``."""

    source: str
    text: str
    origin: tuple[int, ...]
    paragraph: int = 0

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the source of a stretch of the reading."""
        if start >= end:
            return self.origin[start], self.origin[start]
        return self.origin[start], self.origin[end - 1] + 1

    def quote(self, start: int = 0, end: int | None = None) -> str:
        """The stretch as the author typed it."""
        first, last = self.span(start, len(self.text) if end is None else end)
        return self.source[first:last]


def sentences(source: str) -> Iterator[Reading]:
    """The sentences of ``source`` in order; a line break ends a paragraph and with it the sentence."""
    start = 0
    for paragraph, line in enumerate(source.split("\n")):
        reading = _read(source, start, start + len(line), paragraph)
        yield from _split(reading)
        start += len(line) + 1


def _read(source: str, start: int, end: int, paragraph: int) -> Reading:
    """The stretch of ``source`` without blanks, its signs in the one width the rules know."""
    characters: list[str] = []
    origin: list[int] = []
    for at in range(start, end):
        character = source[at]
        if _INVISIBLE.match(character):
            # A blank between two numbers keeps them apart; between Chinese and digits it means nothing.
            if _is_word(characters[-1:]) and _is_word(source[at + 1 : at + 2]):
                characters.append(" ")
                origin.append(at)
            continue
        code = ord(character)
        characters.append(_WIDTHS.get(code) or _OTHERS.get(code) or character)
        origin.append(at)
    text = "".join(characters)
    text = "".join(_mark(text, i) if character in _MARKS else character for i, character in enumerate(text))
    return Reading(source, text, (*origin, end), paragraph)


def _is_word(character: list[str] | str) -> bool:
    """Whether there is a character and it is a letter or digit of ASCII."""
    return bool(character) and character[0].isascii() and character[0].isalnum()


def _mark(text: str, at: int) -> str:
    """A sign of the ASCII set as it is meant: inside a number (1,426 or 0.33 or 9:30) it stays, else it is a mark."""
    sign = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if sign == ",":
        thousands = re.match(r"\d{3}(?!\d)", text[at + 1 : at + 5]) and re.search(
            r"(?<!\d)\d{1,3}$|,\d{3}$", text[:at][-4:]
        )
        return "," if thousands else _MARKS[sign]
    if sign in ".:" and _is_word(before) and _is_word(after):
        return sign
    return _MARKS[sign]


def _split(reading: Reading) -> Iterator[Reading]:
    text = reading.text
    start = at = 0
    while at < len(text):
        at += 1
        if text[at - 1] not in _ENDS:
            continue
        while at < len(text) and text[at] in _CLOSING + _ENDS:
            at += 1
        if not text.startswith(_CONTINUES, at):
            yield _part(reading, start, at)
            start = at
    if start < len(text):
        yield _part(reading, start, len(text))


def _part(reading: Reading, start: int, end: int) -> Reading:
    origin = (*reading.origin[start:end], reading.origin[end - 1] + 1)
    return Reading(reading.source, reading.text[start:end], origin, reading.paragraph)
