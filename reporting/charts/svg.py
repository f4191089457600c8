"""Drawings as SVG that can stand inside a page under a strict content security policy, and in a PDF."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString, mark_safe

from reporting.charts.bars import bars
from reporting.charts.shapes import Box, Drawing, Stroke, Words
from reporting.charts.spec import FONT, ChartSpec

INK: Final = "#333333"


def svg(spec: ChartSpec, alt: str) -> SafeString:
    """The chart as an ``<svg>`` element with ``alt`` as its accessible name, which the PDF takes from its title."""
    drawing = bars(spec)
    root = new_root(drawing.width, drawing.height, alt)
    ET.SubElement(root, "title").text = alt
    _add(root, drawing)
    return markup(root)


def new_root(width: float, height: float, alt: str) -> ET.Element:
    """Sized by the page around it: the ``viewBox`` keeps the proportions."""
    size = f"0 0 {_short(width)} {_short(height)}"
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": size})
    root.attrib |= {"class": "chart", "role": "img", "aria-label": alt, "font-family": FONT}
    return root


def add_text(
    root: ET.Element, x: float, y: float, text: str, fill: str, *, anchor: str = "middle", size: float = 11
) -> None:
    """One line, ``y`` its base line."""
    placed = {"x": _short(x), "y": _short(y), "fill": fill, "font-size": _short(size), "text-anchor": anchor}
    ET.SubElement(root, "text", placed).text = text


def add_box(root: ET.Element, left: float, top: float, width: float, height: float, fill: str) -> ET.Element:
    size = {"x": _short(left), "y": _short(top), "width": _short(width), "height": _short(height)}
    return ET.SubElement(root, "rect", {**size, "fill": fill})


def markup(root: ET.Element) -> SafeString:
    # Every text went in as text, which the serialiser escapes.
    return mark_safe(ET.tostring(root, encoding="unicode"))  # noqa: S308


def _add(root: ET.Element, drawing: Drawing) -> None:
    for shape in drawing.shapes:
        match shape:
            case Box():
                box = add_box(root, shape.left, shape.top, shape.width, shape.height, shape.fill)
                box.attrib |= {"stroke": INK, "stroke-width": "0.4"}
            case Stroke((x1, y1), (x2, y2)):
                ends = {"x1": _short(x1), "y1": _short(y1), "x2": _short(x2), "y2": _short(y2)}
                ET.SubElement(
                    root, "line", {**ends, "stroke": shape.colour, "stroke-width": _short(shape.width)}
                )
            case Words((x, y)):
                add_text(root, x, y, shape.text, INK, anchor=shape.anchor, size=shape.size)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
