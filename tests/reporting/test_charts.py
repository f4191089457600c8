from __future__ import annotations

import io
from itertools import pairwise
from xml.etree import ElementTree as ET

import pylopdf_fonts_zh_cn
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from ledgers.indicators import indicators
from reporting import charts
from reporting.charts import ChartSpec, Series
from reporting.charts.bars import WIDTH, bars
from reporting.charts.shapes import Box, Words
from reporting.documents.characters import width

SPEC = ChartSpec(
    kind="bar",
    title="工作活动",
    unit="次",
    categories=("专题研究", "<script>alert(1)</script>", "走访慰问"),
    series=(Series("2025年", (3, 6.5, 4)), Series("2024年", (2, None, 0))),
)


def test_drawing_can_stand_inside_a_page_under_a_strict_policy() -> None:
    root = ET.fromstring(charts.svg(SPEC, "条形图：专题研究3次"))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert names <= {"svg", "line", "rect", "text", "title"}
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
    assert {"专题研究", "走访慰问", "2025年", "2024年", "6.5", "单位：次"} <= texts
    assert "<script" not in drawing


def test_a_bar_is_as_long_as_its_value_and_an_unknown_one_is_not_drawn() -> None:
    boxes = [shape for shape in bars(SPEC).shapes if isinstance(shape, Box)][
        2:
    ]  # after the two of the legend
    known = [value for pair in zip(*(series.values for series in SPEC.series), strict=True) for value in pair]
    known.remove(None)
    assert len(boxes) == len(known) == 5
    unit = boxes[0].width / 3
    assert [box.width for box in boxes] == pytest.approx([unit * (value or 0) for value in known])
    assert [box.fill for box in boxes] == [charts.PALETTE[n] for n in (0, 1, 0, 0, 1)]
    tops = [box.top for box in boxes]
    assert tops == sorted(tops)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((8.0, 10.0), ["0", "2", "4", "6", "8", "10"]),
        ((0.0, 1.0), ["0", "1"]),
        ((0.0, 0.0), ["0", "1"]),
        ((0.3, 0.1), ["0", "0.1", "0.2", "0.3"]),
        ((7.0, 60000.0), ["0", "20000", "40000", "60000"]),
    ],
)
def test_the_scale_has_few_round_numbers_and_whole_ones_for_whole_values(
    values: tuple[float, ...], ticks: list[str]
) -> None:
    spec = ChartSpec("bar", "图", "件", ("甲", "乙"), (Series("2025年", values),))
    assert [shape.text for shape in words(spec) if shape.anchor == "middle"] == ticks


def test_every_name_is_written_and_stands_inside_the_drawing() -> None:
    names = ("走访3次以上的场所", "工商联和商会任职人士参加过培训的代表人士人次", "字" * 40, "两\n行")
    spec = ChartSpec("bar", "图", "件", names, (Series("2025年", (1, 2, 3, 4)),))
    named = [shape for shape in words(spec) if shape.anchor == "end"][1:]  # after the unit
    assert [shape.text for shape in named] == [
        "走访3次以上的场所",
        "工商联和商会任职人士参加过",
        "培训的代表人士人次",
        "字" * 13,
        "字" * 12 + "…",
        "两 行",
    ]
    assert all(shape.at[0] - width(shape.text) * shape.size >= 0 for shape in named)
    lines = [shape.at[1] for shape in named]
    assert all(below - above >= 13 for above, below in pairwise(lines))


def words(spec: ChartSpec) -> list[Words]:
    return [shape for shape in bars(spec).shapes if isinstance(shape, Words)]


def lightness(colour: str) -> float:
    """L* of CIELAB, which is what is left of a colour on a grey printer."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16


def test_colours_stay_apart_without_colour() -> None:
    shades = sorted(map(lightness, charts.PALETTE))
    assert min(b - a for a, b in pairwise(shades)) > 9


def test_the_number_behind_the_longest_bar_stays_inside_the_drawing() -> None:
    spec = ChartSpec("bar", "长", "万元", ("注册资本",), (Series("2025年", (1234567.89,)),))
    (label,) = (shape for shape in words(spec) if shape.text == "1234567.89")
    # Digits of 11 px are 6.1 wide.
    assert label.at[0] + 10 * 6.1 < WIDTH


def test_a_picture_of_the_drawing_is_sharp_and_on_white() -> None:
    with Image.open(io.BytesIO(charts.png(SPEC))) as picture:
        assert picture.width == 1792  # 560 units at 300 dots an inch on 150 mm
        colour = picture.convert("RGBA").getpixel((2, 2))
    assert colour == (255, 255, 255, 255)
    assert png_colours(SPEC) >= {(155, 28, 28), (184, 184, 184)}


def png_colours(spec: ChartSpec) -> set[object]:
    """Colours of more than a thousand dots of the picture."""
    with Image.open(io.BytesIO(charts.png(spec))) as picture:
        return {colour for count, colour in picture.getcolors(1 << 24) or () if count > 1000}


def test_page_and_picture_are_of_one_drawing() -> None:
    root = ET.fromstring(charts.svg(SPEC, "图"))
    drawing = bars(SPEC)
    with Image.open(io.BytesIO(charts.png(SPEC))) as picture:
        assert picture.height / picture.width == pytest.approx(drawing.height / drawing.width, abs=0.001)
    assert root.attrib["viewBox"] == f"0 0 {drawing.width:g} {drawing.height:g}"
    assert [element.text for element in root.iter() if element.tag.endswith("text")] == [
        shape.text for shape in words(SPEC)
    ]


def test_the_picture_has_a_letter_for_every_name_of_an_indicator() -> None:
    with TTFont(pylopdf_fonts_zh_cn.sans_path()) as font:
        known = font.getBestCmap().keys()
    written = {
        letter for each in indicators.all() for letter in f"{each.label}{each.unit}单位：年季度上下半第、"
    }
    assert not {letter for letter in written if ord(letter) not in known}
