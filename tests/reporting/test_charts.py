from __future__ import annotations

import io
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from PIL import Image

from reporting import charts
from reporting.charts import ChartSpec, Series

SPEC = ChartSpec(
    kind="bar",
    title="工作活动",
    unit="次",
    categories=("专题研究", "<script>alert(1)</script>", "走访慰问"),
    series=(Series("2025年", (3, 6.5, 4)), Series("2024年", (2, None, 0))),
)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.mark.parametrize("kind", ["bar", "line"])
def test_drawing_can_stand_inside_a_page_under_a_strict_policy(kind: str) -> None:
    spec = ChartSpec(kind, SPEC.title, SPEC.unit, SPEC.categories, SPEC.series)  # type: ignore[arg-type]
    root = ET.fromstring(charts.svg(spec, "条形图：专题研究3次"))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert names <= {"svg", "g", "path", "line", "rect", "text", "tspan", "title"}
    assert not {name for name in attributes if name.startswith("on") or name in ("style", "href", "id")}
    assert {"width", "height"}.isdisjoint(root.attrib)
    assert root.attrib["viewBox"].startswith("0 0 560 ")


def test_drawing_says_what_it_shows_and_shows_labels_and_values() -> None:
    drawing = charts.svg(SPEC, "条形图：专题研究3次")
    root = ET.fromstring(drawing)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "条形图：专题研究3次"
    # The PDF takes the alternative text from a title that is the first child.
    assert root[0].tag.endswith("title")
    assert root[0].text == "条形图：专题研究3次"
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"专题研究", "走访慰问", "2025年", "2024年", "6.5", "次"} <= texts
    assert "<script" not in drawing


def test_equal_content_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = charts.svg(SPEC, "图")

    def no_engine() -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(charts, "_engine", no_engine)
    assert charts.svg(SPEC, "图") == first
    # The same drawing under another name, as Word has it.
    assert charts.svg(SPEC, "另一张图") == first.replace(
        'aria-label="图"><title>图<', 'aria-label="另一张图"><title>另一张图<'
    )
    other = ChartSpec("bar", SPEC.title, SPEC.unit, SPEC.categories, (Series("2025年", (3, 6.5, 5)),))
    with pytest.raises(AssertionError, match="drawn again"):
        charts.svg(other, "图")


def test_key_depends_on_every_number() -> None:
    other = ChartSpec("bar", SPEC.title, SPEC.unit, SPEC.categories, (Series("2025年", (3, 6.5, 5)),))
    assert SPEC.key != other.key


def lightness(colour: str) -> float:
    """L* of CIELAB, which is what is left of a colour on a grey printer."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16


def test_colours_stay_apart_without_colour() -> None:
    shades = sorted(map(lightness, charts.PALETTE))
    assert min(b - a for a, b in pairwise(shades)) > 9
    assert len(charts.DASHES) == len(charts.PALETTE) == len(set(charts.DASHES))


def test_the_number_behind_the_longest_bar_stays_inside_the_drawing() -> None:
    spec = ChartSpec("bar", "长", "万元", ("注册资本",), (Series("2025年", (1234567.89,)),))
    root = ET.fromstring(charts.svg(spec, "图"))
    (label,) = (element for element in root.iter() if element.text == "1234567.89")
    places = [element.attrib.get("transform", "") for element in root.iter() if label in list(element.iter())]
    moved = sum(float(x) for place in places for x in re.findall(r"translate\(([-\d.]+)", place))
    # Digits of 11 px are 6.1 wide.
    assert moved + 10 * 6.1 < 560


def test_a_picture_of_the_drawing_is_sharp_and_on_white() -> None:
    with Image.open(io.BytesIO(charts.png(SPEC))) as picture:
        assert picture.width == 1792  # 560 units at 300 dots an inch on 150 mm
        colour = picture.convert("RGBA").getpixel((2, 2))
    assert colour == (255, 255, 255, 255)
