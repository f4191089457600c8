"""Words of growth and decline, each with its opposite."""

from __future__ import annotations

from typing import Final

_GROWTH: Final = {
    "增长": "下降", "增加": "减少", "上升": "下降", "提高": "降低", "提升": "降低", "增多": "减少", "上涨": "下降",
    "增幅": "降幅", "涨幅": "降幅", "多": "少", "增": "减", "升": "降",
}  # fmt: skip
_DECLINE: Final = {
    "下降": "上升", "减少": "增加", "降低": "提高", "下滑": "上升", "回落": "上升", "缩短": "延长", "缩减": "增加",
    "压减": "增加", "降幅": "增幅", "减幅": "增幅", "少": "多", "减": "增", "降": "升",
}  # fmt: skip
OPPOSITE: Final = _GROWTH | _DECLINE
#: A regular expression for any of them, the longest first.
CHANGE_WORD: Final = "|".join(sorted(OPPOSITE, key=len, reverse=True))


def is_growth(word: str) -> bool:
    return word in _GROWTH
