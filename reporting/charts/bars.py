"""The chart of a report: bars from the left, those of one category together, each with its number behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from reporting.charts.shapes import Box, Drawing, Stroke, Words
from reporting.charts.spec import PALETTE, ChartSpec
from reporting.documents.characters import width

WIDTH: Final = 560
_NAME_SIZE: Final = 12
_NUMBER_SIZE: Final = 11
#: A longer name stands in two lines, and what does not fit into these is cut.
_NAME_LENGTH: Final = 13
_NAME_LINE: Final = 14
#: From a line's middle down to the base line of its text, for a letter of size one.
_BASE: Final = 0.36
_HEAD: Final = 24
_TICKS: Final = 20
_GAP: Final = 5
_SWATCH: Final = 11
#: At most so many steps on the scale.
_STEPS: Final = 6
_GRID, _AXIS = "#dcdcdc", "#777777"


def bars(spec: ChartSpec) -> Drawing:
    """Series beside each other in every category; a value that is None leaves its place empty."""
    names = [_lines(category) for category in spec.categories]
    left = _GAP + max((width(line) for lines in names for line in lines), default=0) * _NAME_SIZE + _GAP
    count = len(spec.series)
    thick = 14 if count > 1 else 18
    room = max(thick * count, 2 * _NAME_LINE if any(len(lines) > 1 for lines in names) else 0) + 8
    bottom = _HEAD + room * len(names)
    values = [value for series in spec.series for value in series.values if value is not None]
    end = _end(values, WIDTH - left)
    scale = (WIDTH - left) / end

    shapes = [*_head(spec, left), *_grid(values, end, left, scale, bottom)]
    for place, lines in enumerate(names):
        middle = _HEAD + room * (place + 0.5)
        first = middle - (len(lines) - 1) * _NAME_LINE / 2
        shapes += [
            _words(left - _GAP, first + number * _NAME_LINE, line, _NAME_SIZE, "end")
            for number, line in enumerate(lines)
        ]
        for number, series in enumerate(spec.series):
            value = series.values[place]
            if value is None:
                continue
            top = middle + thick * (number - count / 2)
            long = max(value, 0) * scale
            shapes.append(Box(left, top, long, thick, _colour(number)))
            shapes.append(_words(left + long + _GAP, top + thick / 2, _number(value), _NUMBER_SIZE))
    shapes.append(Stroke((left, _HEAD), (left, bottom), _AXIS, 0.9))
    return Drawing(WIDTH, bottom + _TICKS, tuple(shapes))


def _head(spec: ChartSpec, left: float) -> Iterator[Box | Words]:
    """Which colour is which, unless there is one only; the unit at the right."""
    middle = _SWATCH / 2 + 2
    if len(spec.series) > 1:
        for number, series in enumerate(spec.series):
            yield Box(left, middle - _SWATCH / 2, _SWATCH, _SWATCH, _colour(number))
            yield _words(left + _SWATCH + _GAP, middle, series.name, _NAME_SIZE)
            left += _SWATCH + 2 * _GAP + (width(series.name) + 1) * _NAME_SIZE
    yield _words(WIDTH, middle, f"单位：{spec.unit}", _NAME_SIZE, "end")


def _grid(
    values: Iterable[float], end: float, left: float, scale: float, bottom: float
) -> Iterator[Stroke | Words]:
    for tick in _ticks(end, whole=all(float(value).is_integer() for value in values)):
        x = left + tick * scale
        if tick:
            yield Stroke((x, _HEAD), (x, bottom), _GRID, 0.7)
        yield _words(x, bottom + _TICKS / 2, _number(tick), _NUMBER_SIZE, "middle")


def _ticks(end: float, *, whole: bool) -> list[float]:
    """Round numbers from zero to ``end``, none between two whole ones where all values are ``whole``."""
    power = 10.0 ** math.floor(math.log10(end / _STEPS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * _STEPS >= end)
    step = max(step, 1.0) if whole else step
    return [number * step for number in range(int(end / step + 1e-9) + 1)]


def _end(values: Iterable[float], room: float) -> float:
    """What the scale reaches to, so that the number behind each bar still stands inside the drawing."""
    ends = (
        max(value, 0) * room / (room - _GAP - width(_number(value)) * _NUMBER_SIZE * 1.05) for value in values
    )
    return max(ends, default=0) or 1


def _lines(name: str) -> list[str]:
    name = " ".join(name.split())
    if width(name) <= _NAME_LENGTH:
        return [name]
    cut = next(at for at in range(len(name), 0, -1) if width(name[:at]) <= _NAME_LENGTH)
    rest = name[cut:]
    if width(rest) > _NAME_LENGTH:
        rest = next(f"{rest[:at]}…" for at in range(len(rest), 0, -1) if width(rest[:at]) <= _NAME_LENGTH - 1)
    return [name[:cut], rest]


def _words(x: float, middle: float, text: str, size: float, anchor: str = "start") -> Words:
    """Text with the middle of its letters at a height."""
    return Words((x, middle + size * _BASE), " ".join(text.split()), size, anchor)  # type: ignore[arg-type]


def _colour(number: int) -> str:
    return PALETTE[number % len(PALETTE)]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
