"""Reading text the way offices type it: full-width forms, stray blanks, marks that mean "nothing here"."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

#: What offices write into a cell that has no value.
BLANK_MARKS: Final = frozenset(
    {"", "-", "--", "---", "—", "——", "–", "/", "//", "\\", "无", "暂无", "空", "N/A", "n/a", "NULL", "null"}
)

#: Longer texts need not be compared with the marks; the rest is for invisible characters among them.
LONGEST_MARK: Final = 8

# Full-width digits and letters are the same characters to a reader; Chinese punctuation is left as it is typed.
_WIDTHS: Final = (
    {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)}
    | {code: code - 0xFEE0 for code in range(0xFF21, 0xFF3B)}
    | {code: code - 0xFEE0 for code in range(0xFF41, 0xFF5B)}
)
_SPACES: Final = dict.fromkeys([0x3000, 0xA0, 0x2002, 0x2003, 0x2009, 0x202F, 0x0B, 0x0C, 0x1F], " ")
# Control, zero-width and direction characters are invisible on screen and fatal to comparisons (and NUL to
# PostgreSQL); lone surrogates cannot be stored at all.
_INVISIBLE: Final = dict.fromkeys(
    itertools.chain(
        range(0x09),
        range(0x0E, 0x1F),
        (0x7F, 0xAD, 0x061C, 0xFEFF),
        range(0x200B, 0x2010),
        range(0x202A, 0x202F),
        range(0x2060, 0x2070),
        range(0xD800, 0xE000),
    )
)
_REPLACED: Final[dict[int, int | str | None]] = {
    **_WIDTHS,
    **_SPACES,
    **_INVISIBLE,
    ord("\t"): " ",
    ord("\r"): "\n",
    ord("\u2028"): "\n",
}
#: What makes a text differ from its tidied form, blanks at its ends aside.
_UNTIDY: Final = re.compile("[\n" + "".join(map(re.escape, map(chr, _REPLACED))) + "]|  ")
_RUNS: Final = re.compile(r" {2,}")
_LINES: Final = re.compile(r" *\n[ \n]*")
_BLANKS: Final = re.compile(r"\s+")


#: Texts that may be this long are several sentences, whose line breaks mean something.
LONG_TEXT: Final = 300


def tidy(text: str, *, lines: bool = False) -> str:
    """Stored form of a text: half-width digits and letters, single blanks, nothing invisible.

    Line breaks are kept with ``lines`` (long texts) and dropped without: inside a name they are only wrapping.
    """
    if _UNTIDY.search(text) is None:
        return text.strip()
    text = text.translate(_REPLACED)
    text = _LINES.sub("\n" if lines else "", text)
    return _RUNS.sub(" ", text).strip()


def are_tidy(texts: Sequence[str]) -> bool:
    """Whether each of the texts is in its stored form already."""
    return _UNTIDY.search("|".join(texts)) is None and list(map(str.strip, texts)) == list(texts)


def fold(text: str) -> str:
    """Form for comparing labels and names: NFKC, no blanks, lower case, brackets and dashes of one kind."""
    folded = unicodedata.normalize("NFKC", text).translate(_REPLACED)
    return (
        _BLANKS.sub("", folded)
        .lower()
        .replace("〔", "(")
        .replace("〕", ")")
        .replace("【", "(")
        .replace("】", ")")
    )


def is_blank(text: str) -> bool:
    """Whether a tidied text only says that there is nothing."""
    return text in BLANK_MARKS or unicodedata.normalize("NFKC", text) in BLANK_MARKS


def column_letters(index: int) -> str:
    """``0`` is ``A``, ``27`` is ``AB``."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """The A1 address of a cell given by 0-based row and column."""
    return f"{column_letters(column)}{row + 1}"


_BRACKET: Final = re.compile("[()（）]")


def key_text(text: str) -> str:
    """A natural key with its brackets in one width: 某某（东山）公司 and 某某(东山)公司 are one enterprise."""
    return text.replace("（", "(").replace("）", ")")


def bracketed(values: Iterable[Any]) -> list[str]:
    """Those of the values that are texts with brackets; of many, mostly none."""
    texts = [value for value in values if isinstance(value, str)]
    if _BRACKET.search("".join(texts)) is None:
        return []
    return [text for text in texts if _BRACKET.search(text)]


def key_texts(values: Sequence[Any]) -> Sequence[Any]:
    """A column of a natural key with the brackets of its texts in one width."""
    if not bracketed(values):
        return values
    return [key_text(value) if isinstance(value, str) else value for value in values]


def key_forms(text: str) -> set[str]:
    """The ways a natural key may stand in the database."""
    half = key_text(text)
    return {text, half, half.replace("(", "（").replace(")", "）")}
