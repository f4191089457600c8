"""One chart specification, drawn on the server to SVG: the same drawing on the web page and in print.

Vega-Lite draws it (through vl-convert, no browser). What it returns is rebuilt from an allow-list, so that
the SVG can stand inside a page under a strict content security policy: no style attribute, script or link.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import cache as once
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.etree import ElementTree as ET

import pylopdf_fonts_zh_cn
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from types import ModuleType

#: Raise it when the drawing changes: the cache is keyed by it.
DRAWING_VERSION: Final = 2
CACHE_SECONDS: Final = 7 * 24 * 3600

WIDTH: Final = 560
#: Pixels for each unit of the drawing: 560 units on 150 mm at 300 dots an inch.
_PNG_SCALE: Final = 3.2
_PAPER: Final = '</title><rect width="100%" height="100%" fill="#fff"/>'
FONT: Final = "Noto Sans CJK SC, Noto Sans SC, Microsoft YaHei, sans-serif"
# No two are equally light: they stay apart on a black-and-white printer, and for those who see colours differently.
PALETTE: Final = ("#9b1c1c", "#b8b8b8", "#16243a", "#b9770e", "#47718a", "#f0d28a")
#: Lines are told apart by their dashes, too.
DASHES: Final = ((), (6, 3), (2, 2), (10, 3), (6, 2, 2, 2), (1, 3))

_SVG: Final = "http://www.w3.org/2000/svg"
_ELEMENTS: Final = frozenset(
    {"svg", "g", "path", "rect", "line", "circle", "text", "tspan", "title", "desc", "defs", "clipPath"}
)
_ATTRIBUTES: Final = frozenset(
    {
        *(
            "width",
            "height",
            "viewBox",
            "transform",
            "d",
            "x",
            "y",
            "x1",
            "x2",
            "y1",
            "y2",
            "cx",
            "cy",
            "r",
            "rx",
            "ry",
        ),
        *("dx", "dy", "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"),
        *("stroke-linejoin", "stroke-linecap", "stroke-miterlimit", "opacity", "font-family", "font-size"),
        *("font-weight", "text-anchor", "dominant-baseline"),
    }
)
_LONG: Final = re.compile(r"\d+\.\d{3,}")


@dataclass(frozen=True)
class Series:
    """One value for each category of the chart; None draws nothing."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class ChartSpec:
    """``bar`` compares categories side by side; ``line`` follows them in order, as years or quarters."""

    kind: Literal["bar", "line"]
    title: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def key(self) -> str:
        """Hash of what is drawn."""
        content = json.dumps([DRAWING_VERSION, asdict(self)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def svg(spec: ChartSpec, alt: str) -> SafeString:
    """The drawing as an ``<svg>`` element with ``alt`` as its accessible name."""
    return mark_safe(_clean(_drawn(spec), alt))  # noqa: S308 - rebuilt from the allow-list by _clean


def _drawn(spec: ChartSpec) -> str:
    """What the drawing engine makes of ``spec``: once for page, PDF and Word, whatever each of them calls it."""
    key = f"chart:{spec.key}"
    drawn: str | None = cache.get(key)
    if drawn is None:
        drawn = _engine().vegalite_to_svg(vega_lite(spec), allowed_base_urls=[])
        cache.set(key, drawn, CACHE_SECONDS)
    return drawn


def png(spec: ChartSpec) -> bytes:
    """The same drawing as a picture on white, for files that take no SVG: sharp at 300 dots an inch on 150 mm."""
    on_white = svg(spec, spec.title).replace("</title>", _PAPER, 1)
    drawn: bytes = _engine().svg_to_png(on_white, scale=_PNG_SCALE)
    return drawn


@once
def _engine() -> ModuleType:
    # A JavaScript engine: loaded by the process that draws, and never before a worker forks.
    import vl_convert

    vl_convert.register_font_directory(str(pylopdf_fonts_zh_cn.sans_path().parent))
    return vl_convert


def vega_lite(spec: ChartSpec) -> dict[str, Any]:
    """The Vega-Lite specification of ``spec``, with its data inline."""
    rows = [
        {"category": category, "series": series.name, "value": value, "text": _number(value)}
        for series in spec.series
        for category, value in zip(spec.categories, series.values, strict=True)
        if value is not None
    ]
    names = [series.name for series in spec.series]
    several = len(names) > 1
    colour: dict[str, Any] = {
        "field": "series",
        "sort": None,
        "scale": {"domain": names, "range": list(PALETTE[: len(names)])},
        "legend": {"title": None, "orient": "top"} if several else None,
    }
    value: dict[str, Any] = {
        "field": "value",
        "type": "quantitative",
        "axis": _VALUE_AXIS | {"title": spec.unit},
    }
    category: dict[str, Any] = {
        "field": "category",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "labelAngle": 0, "labelLimit": 180},
    }
    if spec.kind == "bar":
        value["scale"] = {"domainMax": _room_for_labels(rows)}
        body = _bars(category, value, colour, names)
    else:
        body = _lines(category, value, colour, names)
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": _CONFIG,
        **body,
    }


def _bars(
    category: dict[str, Any], value: dict[str, Any], colour: dict[str, Any], names: list[str]
) -> dict[str, Any]:
    offset = {"yOffset": {"field": "series", "sort": names}} if len(names) > 1 else {}
    return {
        "height": {"step": 16 if offset else 26, "for": "position" if not offset else "offset"},
        "encoding": {"y": category, "x": value, **offset},
        "layer": [
            {"mark": {"type": "bar", "stroke": "#333", "strokeWidth": 0.4}, "encoding": {"color": colour}},
            {
                "mark": {
                    "type": "text",
                    "align": "left",
                    "baseline": "middle",
                    "dx": 4,
                    "fontSize": 11,
                    "fill": "#333",
                },
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def _room_for_labels(rows: list[dict[str, Any]]) -> float:
    """The end of the axis that leaves room for the number behind each bar."""
    ends = (max(row["value"], 0) * (1 + 0.02 * (len(row["text"]) + 1)) for row in rows)
    return max(ends, default=0) or 1


def _lines(
    category: dict[str, Any], value: dict[str, Any], colour: dict[str, Any], names: list[str]
) -> dict[str, Any]:
    legend = colour["legend"] and {**colour["legend"], "symbolType": "stroke"}
    dashes = {
        "field": "series",
        "sort": None,
        "scale": {"domain": names, "range": [list(dash) for dash in DASHES[: len(names)]]},
        "legend": legend,
    }
    return {
        "height": 220,
        "encoding": {"x": category, "y": {**value, "axis": {**value["axis"], **_UNIT_ABOVE}}},
        "layer": [
            {
                "mark": {"type": "line", "point": True, "strokeWidth": 2},
                "encoding": {"color": {**colour, "legend": legend}, "strokeDash": dashes},
            },
            {
                "mark": {"type": "text", "dy": -10, "fontSize": 11, "fill": "#333"},
                "encoding": {"text": {"field": "text"}, "detail": {"field": "series"}},
            },
        ],
    }


#: A few round ticks, none between two whole numbers, and numbers as the report prints them: without separators.
_VALUE_AXIS: Final[dict[str, Any]] = {"tickMinStep": 1, "tickCount": 6, "format": "~f"}
#: The unit stands above an upright axis: beside it, it would be drawn over the numbers.
_UNIT_ABOVE: Final[dict[str, Any]] = {
    "titleAngle": 0,
    "titleAlign": "right",
    "titleAnchor": "end",
    "titleBaseline": "bottom",
    "titleX": -4,
    "titleY": -8,
}
_CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelColor": "#333",
        "titleColor": "#333",
        "gridColor": "#e3e3e3",
        "domainColor": "#999",
        "tickColor": "#999",
    },
    "legend": {"labelFontSize": 12, "labelColor": "#333", "symbolType": "square"},
}


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _clean(drawing: str, alt: str) -> str:
    source = ET.fromstring(drawing)  # noqa: S314 - written by the engine in this process
    root = _copy(source)
    if root is None:
        raise ValueError("The chart engine returned no SVG.")
    # Sized by the page around it; the viewBox keeps the proportions.
    for attribute in ("width", "height"):
        root.attrib.pop(attribute, None)
    root.set("xmlns", _SVG)
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-label", alt)
    title = ET.Element("title")
    title.text = alt
    root.insert(0, title)
    return ET.tostring(root, encoding="unicode")


def _copy(element: ET.Element) -> ET.Element | None:
    name = element.tag.removeprefix(f"{{{_SVG}}}")
    if name not in _ELEMENTS or element.get("display") == "none":
        return None
    # 27.000000000000007 says no more than 27.
    kept = ET.Element(
        name,
        {key: _LONG.sub(_shorten, value) for key, value in element.attrib.items() if key in _ATTRIBUTES},
    )
    kept.text = element.text
    for child in element:
        copied = _copy(child)
        if copied is not None:
            kept.append(copied)
    draws_nothing = (name == "g" and not len(kept)) or (
        name == "path" and kept.get("d", "") in ("", "M0,0h0v0h0Z")
    )
    return None if draws_nothing else kept


def _shorten(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
