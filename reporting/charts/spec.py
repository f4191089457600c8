"""What a chart shows, and what all charts look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FONT: Final = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
# No two are equally light: they stay apart on a black-and-white printer, and for those who see colours differently.
PALETTE: Final = ("#9b1c1c", "#b8b8b8", "#16243a", "#b9770e", "#47718a", "#f0d28a")


@dataclass(frozen=True)
class Series:
    """One value for each category of the chart; None draws nothing."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartSpec:
    """``bar`` compares categories side by side; ``line`` follows them in order, and only a small drawing has it."""

    kind: Literal["bar", "line"]
    title: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
