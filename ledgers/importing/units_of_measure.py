"""Units in headers and cells: ``注册资本（万元）``, ``35人``, ``1.2亿元``; converted, or refused, never ignored."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final, NamedTuple

from ledgers.importing.problems import CellProblem

_SCALES: Final = {
    "": 1,
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
}
_ALIASES: Final = {
    "圆": "元",
    "块": "元",
    "人民币": "元",
    "人民币元": "元",
    "名": "人",
    "位": "人",
    "口": "人",
    "m2": "平方米",
    "平米": "平方米",
    "平方": "平方米",
    "人/次": "人次",
    "年度": "年",
}
#: Counting words that fit a column which names no unit of its own.
_COUNTING: Final = frozenset("人户家次个场期篇条份具座处栋件幅间册本张天年月元台辆所") | {"人次", "户次"}
#: Counting words of things, any of which may stand for another; people, households and houses may not.
_THINGS: Final = frozenset("条个篇份幅件张本册期")
_KNOWN: Final = _COUNTING | {"平方米", "亩", "%", "美元", "港元", "港币", "欧元", "日元", "台币"}

_NUMBER: Final = re.compile(
    r"(?P<sign>[-+]?)[¥$]?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?P<fraction>\.\d*)?(?P<unit>[^\d.,]*)"
)


class Measure(NamedTuple):
    scale: int
    base: str


def measure(text: str) -> Measure | None:
    """``万元`` is (10000, 元), ``㎡`` is (1, 平方米); None for what is no unit."""
    text = unicodedata.normalize("NFKC", text).strip()
    for scale in sorted(_SCALES, key=len, reverse=True):
        if text.startswith(scale):
            rest = text[len(scale) :]
            base = _ALIASES.get(rest, rest)
            if base in _KNOWN or (base == "" and scale):
                return Measure(_SCALES[scale], base)
    return None


def factor(written: str, stored: str) -> Decimal:
    """What a figure in ``written`` is multiplied by to be in ``stored``; raises CellProblem when it cannot be."""
    if not written or written == stored:
        return Decimal(1)
    source, target = measure(written), measure(stored)
    if source is None:
        raise CellProblem("数字后面有无法识别的文字，请只填数字。")
    if target is None:
        if stored or source.base not in _COUNTING | {""}:
            raise CellProblem("单位与本列不符，请换算后只填数字。")
        return Decimal(source.scale)
    if source.base not in ("", target.base) and not {source.base, target.base} <= _THINGS:
        raise CellProblem(f"单位与本列（{stored}）不符，请换算后只填数字。")
    # A scale alone, 1.2万, takes the column's own base.
    return Decimal(source.scale) / target.scale


def read_number(text: str) -> tuple[Decimal, str]:
    """A typed number and the unit written behind it; raises CellProblem.

    Full-width forms, thousands separators and blanks are understood; 约35 or 30多 are not figures.
    """
    compact = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    compact = compact.replace("m2", "平方米").replace("−", "-")
    match = _NUMBER.fullmatch(compact)
    if match is None or not (match["whole"] or (match["fraction"] or ".") != "."):
        raise CellProblem("不是数字，请填写准确的数字。")
    unit = match["unit"].strip("()[]")
    if unit and measure(unit) is None:
        raise CellProblem("数字前后有其他文字，请只填准确的数字。")
    digits = (match["whole"] or "0").replace(",", "") + (match["fraction"] or "")
    if len(digits) > 40:
        raise CellProblem("数字过长，请核对。")
    return Decimal(match["sign"] + digits.rstrip(".")), unit
