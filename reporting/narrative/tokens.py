"""Tokens in a text: where they stand and what they ask for. Nothing is looked up here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: Input methods write full-width braces and bars; both widths mean the same.
_OPEN: Final = r"(?:\{\{|｛｛)"
_CLOSE: Final = r"(?:\}\}|｝｝)"
_TOKEN: Final = re.compile(
    rf"(?P<escape>\\{_OPEN})|{_OPEN}(?P<inside>[^{{}}｛｝\n]*){_CLOSE}|(?P<stray>{_OPEN})"
)
_BAR: Final = re.compile(r"[|｜]")
_AT: Final = re.compile(r"[@＠]")


@dataclass(frozen=True)
class Literal:
    """Text that stands for itself, from ``start`` to ``end`` of the source."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Token:
    """A token as it was written. ``at``: what stands behind each @ (a period, a unit); ``filters``: behind each bar."""

    source: str
    start: int
    end: int
    code: str
    at: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unclosed:
    """Two opening braces that nothing closes on the same line."""

    source: str
    start: int
    end: int


Piece = Literal | Token | Unclosed


def token(code: str, name: str = "", *at: str) -> str:
    """The token for a figure: ``token("work.meetings", "yoy", "2024")`` → ``{{work.meetings@2024|yoy}}``."""
    return "{{" + "@".join((code, *at)) + (f"|{name}" if name else "") + "}}"


def escape(text: str) -> str:
    """``text`` of a record, so that within a paragraph it comes out as it is and is never taken for a token."""
    one_line = " ".join(text.split())
    return re.sub(_OPEN, lambda match: "\\" + match[0], one_line)


def pieces(source: str, offset: int = 0) -> Iterator[Piece]:
    """The text of one line in order; positions count from ``offset``."""
    position = 0
    for match in _TOKEN.finditer(source):
        start, end = match.span()
        if start > position:
            yield Literal(source[position:start], offset + position, offset + start)
        if match["escape"]:
            yield Literal(match["escape"][1:], offset + start, offset + end)
        elif match["stray"]:
            yield Unclosed(match[0], offset + start, offset + end)
        else:
            yield _token(match[0], match["inside"], offset + start, offset + end)
        position = end
    if position < len(source):
        yield Literal(source[position:], offset + position, offset + len(source))


def _token(source: str, inside: str, start: int, end: int) -> Token:
    name, *filters = (part.strip() for part in _BAR.split(inside))
    code, *at = (part.strip() for part in _AT.split(name))
    return Token(source, start, end, code, tuple(part for part in at if part), tuple(filters))
