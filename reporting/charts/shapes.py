"""What a drawing is made of: shapes on a sheet, later ones above. A unit is a pixel of a chart 560 wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Box:
    """A filled rectangle with a thin dark edge."""

    left: float
    top: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str
    width: float


@dataclass(frozen=True)
class Words:
    """One line of text; ``at`` is on its base line, at its start, middle or end."""

    at: tuple[float, float]
    text: str
    size: float
    anchor: Literal["start", "middle", "end"] = "start"


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    shapes: tuple[Box | Stroke | Words, ...]
