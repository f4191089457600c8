"""Small drawings for a page of many: columns of a flow, the line of a stock, bars of units beside each other.

They take the same specification as the charts of reports, and have no scale: the numbers that matter are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString

from reporting.charts.spec import PALETTE, ChartSpec
from reporting.charts.svg import INK, add_box, add_text, markup, new_root

_WIDTH: Final = 280
_HEIGHT: Final = 116
#: Room above for a number, below for two lines of labels.
_TOP, _BOTTOM, _SIDE = 20, 32, 6
_BAR_WIDTH: Final = 560
_BAR_STEP: Final = 24
_NAMES: Final = 116
_NUMBERS: Final = 64
_QUIET, _AXIS = "#5f6875", "#8b929c"
_RED, _NAVY = PALETTE[0], PALETTE[2]
#: A number of more letters is not written over every column.
_SHORT: Final = 4


def columns(spec: ChartSpec, alt: str, texts: Sequence[str], labels: Sequence[tuple[str, str]]) -> SafeString:
    """A column for each category, from zero. ``texts`` are the values in print; ``labels`` two lines below each."""
    values = spec.series[0].values
    root = new_root(_WIDTH, _HEIGHT, alt)
    step = (_WIDTH - 2 * _SIDE) / len(values)
    highest = max((value for value in values if value is not None), default=0) or 1
    told = _told(values, texts, every=all(len(text) <= _SHORT for text in texts))
    for place, value in enumerate(values):
        middle = _SIDE + step * (place + 0.5)
        if value is not None:
            tall = max(value, 0) / highest * (_HEIGHT - _TOP - _BOTTOM)
            bar = add_box(root, middle - step * 0.32, _base() - tall, step * 0.64, tall, _RED)
            ET.SubElement(bar, "title").text = f"{spec.categories[place]}：{texts[place]}{spec.unit}"
            if place in told:
                add_text(root, middle, _base() - tall - 4, texts[place], INK)
    _frame(root, step, labels)
    return markup(root)


def line(spec: ChartSpec, alt: str, texts: Sequence[str], labels: Sequence[tuple[str, str]]) -> SafeString:
    """A line through the known values; the first, the last, the highest and the lowest are written.

    It starts at zero unless that would flatten it: two thousand people more or less by ten.
    """
    values = spec.series[0].values
    root = new_root(_WIDTH, _HEIGHT, alt)
    step = (_WIDTH - 2 * _SIDE) / len(values)
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    low = 0 if low < high / 2 else low
    room = (high - low) or 1

    def point(place: int, value: float) -> tuple[float, float]:
        share = (value - low) / room if high > low else 0.5
        return _SIDE + step * (place + 0.5), _base() - 8 - share * (_HEIGHT - _TOP - _BOTTOM - 12)

    points = [(place, *point(place, value)) for place, value in enumerate(values) if value is not None]
    for piece in _unbroken(points):
        path = ET.SubElement(root, "polyline", {"points": " ".join(f"{x:.1f},{y:.1f}" for _, x, y in piece)})
        path.attrib |= {"fill": "none", "stroke": _NAVY, "stroke-width": "2", "stroke-linejoin": "round"}
    told = _told(values, texts, every=False)
    for place, x, y in points:
        dot = ET.SubElement(root, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3", "fill": _NAVY})
        ET.SubElement(dot, "title").text = f"{spec.categories[place]}：{texts[place]}{spec.unit}"
        if place in told:
            # Long numbers at the edges stay inside the drawing.
            half = 3.2 * len(texts[place])
            add_text(root, min(max(x, half), _WIDTH - half), y - 7, texts[place], INK)
    _frame(root, step, labels)
    return markup(root)


def bars(spec: ChartSpec, alt: str, texts: Sequence[str]) -> SafeString:
    """A bar for each category, one below the other, with its name before and its number behind it."""
    values = spec.series[0].values
    root = new_root(_BAR_WIDTH, _BAR_STEP * len(values) + 4, alt)
    longest = max((value for value in values if value is not None), default=0) or 1
    for place, value in enumerate(values):
        top = place * _BAR_STEP + 2
        name = spec.categories[place]
        name = name if len(name) <= 8 else f"{name[:7]}…"
        add_text(root, _NAMES - 8, top + 15, name, INK, anchor="end", size=13)
        wide = max(value or 0, 0) / longest * (_BAR_WIDTH - _NAMES - _NUMBERS)
        bar = add_box(root, _NAMES, top + 2, wide, _BAR_STEP - 6, _RED)
        ET.SubElement(bar, "title").text = f"{spec.categories[place]}：{texts[place]}{spec.unit}"
        add_text(root, _NAMES + wide + 5, top + 15, texts[place], INK, anchor="start", size=13)
    axis = {"x1": str(_NAMES), "x2": str(_NAMES), "y1": "0", "y2": str(_BAR_STEP * len(values) + 4)}
    ET.SubElement(root, "line", axis | {"stroke": _AXIS})
    return markup(root)


def _told(values: Sequence[float | None], texts: Sequence[str], *, every: bool) -> set[int]:
    """Places whose number is written: all of them where there is room, else the ends, the highest and the lowest."""
    known = [place for place, value in enumerate(values) if value is not None]
    if every or not known:
        return set(known)

    def size(place: int) -> float:
        return values[place] or 0

    wanted = {known[-1], known[0]}
    for extreme in (max(known, key=size), min(known, key=size)):
        # Two numbers side by side would be written over each other.
        if all(abs(extreme - place) > 1 for place in wanted):
            wanted.add(extreme)
    return wanted


def _unbroken(points: Sequence[tuple[int, float, float]]) -> list[list[tuple[int, float, float]]]:
    pieces: list[list[tuple[int, float, float]]] = []
    for point in points:
        if pieces and pieces[-1][-1][0] == point[0] - 1:
            pieces[-1].append(point)
        else:
            pieces.append([point])
    return pieces


def _base() -> int:
    return _HEIGHT - _BOTTOM


def _frame(root: ET.Element, step: float, labels: Sequence[tuple[str, str]]) -> None:
    """The base line and what stands below it."""
    line = {"x1": str(_SIDE), "x2": str(_WIDTH - _SIDE), "y1": str(_base()), "y2": str(_base())}
    ET.SubElement(root, "line", line | {"stroke": _AXIS})
    for place, (upper, lower) in enumerate(labels):
        middle = _SIDE + step * (place + 0.5)
        add_text(root, middle, _base() + 13, upper, _QUIET)
        if lower:
            add_text(root, middle - step * 0.4, _base() + 27, lower, _QUIET, anchor="start")
