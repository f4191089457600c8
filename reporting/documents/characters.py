"""Characters that every kind of file can hold, and how wide they print."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, TypeVar

#: 〓, the printer's mark for a character that cannot be printed.
GETA: Final = "\u3013"

# What XML 1.0 (2.2) cannot hold: most control characters, halves of surrogate pairs, and two noncharacters.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")

T = TypeVar("T")


def printable(text: str) -> str:
    """``text`` without control characters, and with 〓 for code points that are no characters."""
    return _NO_CHARACTER.sub(GETA, _CONTROL.sub("", text))


def printable_parts(value: T) -> T:
    """A document, or any part of one, with every text made printable."""
    made: Any = value
    if isinstance(value, str):
        made = printable(value)
    elif isinstance(value, tuple):
        made = tuple(printable_parts(item) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        made = replace(value, **{f.name: printable_parts(getattr(value, f.name)) for f in fields(value)})
    return made


def width(text: str) -> float:
    """Width in characters of Chinese type: Latin letters and digits take a little more than half of one."""
    return sum(0.55 if unicodedata.east_asian_width(each) in ("Na", "N", "H") else 1.0 for each in text)
