"""Chinese numerals: 两, 十二, 三百二十, 一千零五, 二点五."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_STEPS: Final = {"十": 10, "百": 100, "千": 1000}
_SCALES: Final = {"万": 10_000, "亿": 100_000_000}


def parse_numeral(text: str) -> Decimal | None:
    """The value of ``text``; None for what is no exact number (两三, 七八十) or only looks like one (二〇二五)."""
    whole, point, fraction = text.partition("点")
    value = _whole(whole)
    if value is None or not point:
        return None if value is None else Decimal(value)
    if not fraction or any(character not in _DIGITS for character in fraction):
        return None
    return Decimal(f"{value}.{''.join(str(_DIGITS[character]) for character in fraction)}")


def _whole(text: str) -> int | None:
    total = 0
    for scale_name in ("亿", "万"):
        if scale_name in text:
            head, _, text = text.rpartition(scale_name)
            section = _whole(head) if scale_name == "亿" else _section(head)
            if not section:
                return None
            total += section * _SCALES[scale_name]
            if not text:
                return total
    section = _section(text)
    return None if section is None else total + section


def _section(text: str) -> int | None:
    """A number below ten thousand."""
    total, digit, last_step = 0, None, 10_000
    for character in text:
        if character in _STEPS:
            step = _STEPS[character]
            if step >= last_step or (digit is None and (step != 10 or total)):
                return None
            total += (1 if digit is None else digit) * step
            digit, last_step = None, step
        elif character in _DIGITS:
            if digit:  # two digits side by side are 两三 or a year read out
                return None
            digit = _DIGITS[character]
        else:
            return None
    if digit is None:
        return total if text else None
    # 一百五 is one hundred and fifty; 一百零五 is one hundred and five.
    short = total and last_step > 10 and "零" not in text and "〇" not in text
    return total + digit * (last_step // 10 if short else 1)
