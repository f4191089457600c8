"""The ways to say a figure. Numbers of the ledger become figure runs, the words around them plain text.

Punctuation is full-width, digits and % are half-width (GB/T 15835-2011). A rate has one decimal and is printed on a
base above zero only; a difference of two shares is in 百分点.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledgers.indicators import Change, Figure, Number
from reporting.documents.model import FigureRun, Run, Runs, text


class NothingToSay(Exception):
    """The figure has not what the filter says; the message is a Chinese sentence for the author."""


@dataclass(frozen=True)
class Filter:
    """``label`` and ``example`` are what the editor offers."""

    label: str
    example: str
    say: Callable[[Figure, str], Runs]


def _run(figure: Figure, words: str, period: str) -> FigureRun:
    return FigureRun(figure.code, words, period)


def _known(figure: Figure) -> Number:
    if figure.value is None:
        raise NothingToSay(f"台账里还没有{figure.period.label}的“{figure.label}”，请先登记，或删去这个标记。")
    return figure.value


def amount(figure: Figure, period: str) -> Runs:
    return (_run(figure, f"{figure.indicator.format(_known(figure))}{figure.unit}", period),)


def value(figure: Figure, period: str) -> Runs:
    return (_run(figure, figure.indicator.format(_known(figure)), period),)


def yoy(figure: Figure, period: str) -> Runs:
    base = "上年" if figure.period.kind == "year" else "上年同期"
    return _change(figure, figure.yoy, base, period)


def qoq(figure: Figure, period: str) -> Runs:
    kind, number = figure.period.kind, figure.period.number
    base = (
        "上年" if kind == "year" else "上季度" if kind == "quarter" else ("上年下半年", "上半年")[number - 1]
    )
    return _change(figure, figure.qoq, base, period)


def _change(figure: Figure, change: Change | None, base: str, period: str) -> Runs:
    _known(figure)
    if change is None:
        return text(f"{base}没有可比的数据")
    if not change.difference:
        return text(f"与{base}持平")
    more = change.difference > 0
    size = figure.indicator.format(change.difference if more else -change.difference)
    if figure.unit == "%":
        return text(f"比{base}{'提高' if more else '下降'}", _run(figure, f"{size}个百分点", period))
    said: list[str | Run] = [
        f"比{base}{'增加' if more else '减少'}",
        _run(figure, f"{size}{figure.unit}", period),
    ]
    # 0.0% says nothing, and would read as if nothing had changed.
    if change.rate:
        said += [f"，{'增长' if more else '下降'}", _run(figure, f"{abs(change.rate):.1f}%", period)]
    return text(*said)


def _target(figure: Figure) -> str:
    if figure.target is None:
        raise NothingToSay(f"“{figure.label}”没有登记{figure.period.label}的目标，请先登记，或删去这个标记。")
    return f"{figure.indicator.format(figure.target)}{figure.unit}"


def goal(figure: Figure, period: str) -> Runs:
    return text(_target(figure))


def target(figure: Figure, period: str) -> Runs:
    return text(f"目标{_target(figure)}，已完成", *amount(figure, period))


def gap(figure: Figure, period: str) -> Runs:
    _target(figure)
    missing = (figure.target or 0) - _known(figure)
    if missing <= 0:
        raise NothingToSay(f"“{figure.label}”已达到目标，没有差距，请删去这个标记。")
    return (_run(figure, f"{figure.indicator.format(missing)}{figure.unit}", period),)


FILTERS: Final[dict[str, Filter]] = {
    "": Filter("数值和单位", "6248人", amount),
    "value": Filter("只要数值", "6248", value),
    "yoy": Filter("同比", "比上年增加3人，增长2.6%", yoy),
    "qoq": Filter("环比", "比上季度减少2人，下降1.1%", qoq),
    "target": Filter("目标和完成", "目标4次，已完成5次", target),
    "goal": Filter("只要目标", "4次", goal),
    "gap": Filter("与目标的差距", "3次", gap),
}
