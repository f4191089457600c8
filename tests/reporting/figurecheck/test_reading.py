"""Reading official prose: sentences that know their place, numbers that know their unit and what they admit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reporting.figurecheck.numerals import parse_numeral
from reporting.figurecheck.quantities import NO_END, quantities
from reporting.figurecheck.text import sentences


def read(text: str) -> list[tuple[str, int | float, str]]:
    """(printed, value, unit) of every figure in one sentence."""
    (reading,) = sentences(text)
    return [(q.text, float(q.value), q.unit) for q in quantities(reading.text)]


def admitted(text: str) -> tuple[Decimal, Decimal]:
    (reading,) = sentences(text)
    (quantity,) = quantities(reading.text)
    return quantity.admitted.low, quantity.admitted.high


def test_sentences_keep_their_place_in_what_was_typed() -> None:
    source = "　　共有 ６２４８ 人,其中户籍285人.\n第二段（含１处）。其中佛教3处!末尾"
    found = list(sentences(source))
    assert [reading.quote() for reading in found] == [
        "共有 ６２４８ 人,其中户籍285人.",
        "第二段（含１处）。其中佛教3处!",
        "末尾",
    ]
    assert [reading.paragraph for reading in found] == [0, 1, 1]
    first = found[0]
    assert first.text == "共有6248人，其中户籍285人。"
    at = first.text.index("6248")
    start, end = first.span(at, at + 4)
    assert source[start:end] == "６２４８"


def test_thousands_and_decimals_are_told_from_punctuation() -> None:
    assert read("共6,248人,户籍285人,占3.5%.") == [
        ("6,248人", 6248, "人"),
        ("285人", 285, "人"),
        ("3.5%", 3.5, "%"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("转移1426人次", ("1426人次", 1426, "人次")),
        ("三百二十户", ("三百二十户", 320, "户")),
        ("两名干部", ("两名", 2, "名")),
        ("一千零五十人", ("一千零五十人", 1050, "人")),
        ("45.5万元", ("45.5万元", 455_000, "元")),
        ("9.5亿元", ("9.5亿元", 950_000_000, "元")),
        ("1.2万人", ("1.2万人", 12_000, "人")),
        ("七十余万元", ("七十余万元", 700_000, "元")),
        ("占百分之三点五", ("百分之三点五", 3.5, "%")),
        ("占三成五", ("三成五", 35, "%")),
        ("提高5个百分点", ("5个百分点", 5, "百分点")),
        ("增长1.5倍", ("1.5倍", 1.5, "倍")),
        ("增长-5%", ("-5%", -5, "%")),
        ("面积5600平方米", ("5600平方米", 5600, "平方米")),
    ],
)  # fmt: skip
def test_figures_are_read_with_their_unit(text: str, expected: tuple[str, float, str]) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "2025年5月1日", "第三季度", "第2届", "〔2025〕3号文件", "24小时值班", "“12345”热线", "35岁以下",
        "历时3个月", "十四五时期", "上午9:30", "农历二月十九", "一是加强领导", "电话0574-12345678",
        "统一部署", "GB/T 9704-2012", "三个离不开", "形成“1+3+7”体系", "两三个人", "数十名群众", "几十户",
        "一带一路", "二十大精神", "5月1日至7日", "2023-2025年", "前三季度",
    ],
)  # fmt: skip
def test_what_is_no_figure_is_not_read_as_one(text: str) -> None:
    assert read(text) == []


def test_a_noun_is_not_taken_for_a_measure_word() -> None:
    """5场所 would be five events, 3项目 three items."""
    assert [unit for _, _, unit in read("5场所、3项目、2家庭、4处理意见、12条例")] == [""] * 5


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("39篇", 39, 39),
        ("50余条", 50, 59),
        ("3000多人", 3000, 3999),
        ("近120家", 110, 120),
        ("约1500人", 1350, 1650),
        ("1500人左右", 1350, 1650),
        ("不超过5次", 0, 5),
        ("10-20人", 10, 20),
        ("二十至三十人", 20, 30),
        ("12.5万元", 124_500, 125_500),
        ("三成", 25, 35),
    ],
)
def test_rounded_words_admit_what_they_mean(text: str, low: int, high: int) -> None:
    assert admitted(text) == (low, high)


def test_lower_bounds_have_no_upper_end() -> None:
    assert admitted("超过70万元") == (700_000, NO_END)
    assert admitted("三次以上") == (3, NO_END)
    assert admitted("占半数以上") == (50, NO_END)


def test_from_and_to_are_two_figures_and_no_range() -> None:
    assert [value for _, value, _ in read("由40人到45人")] == [40, 45]


@pytest.mark.parametrize(
    ("text", "value"),
    [("十二", 12), ("二十", 20), ("一百五", 150), ("一百零五", 105), ("三万二千", 32_000), ("一亿二千万", 120_000_000),
     ("两三", None), ("二〇二五", None), ("百", None), ("十十", None), ("", None)],
)  # fmt: skip
def test_numerals(text: str, value: int | None) -> None:
    assert parse_numeral(text) == value
