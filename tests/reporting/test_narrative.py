"""What an author writes: tokens become figures, everything else comes out as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers.indicators import Figure, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.model import FigureRun, Heading, Paragraph, plain
from reporting.narrative import FigureBook, Rendered, escape, render
from reporting.narrative.book import UnitUnknown
from reporting.narrative.choices import place_choices
from reporting.narrative.compare import compare_html
from reporting.narrative.preview import preview_html
from reporting.narrative.tokens import pieces
from tests.conftest import Units

YEAR, QUARTER, HALF = Period(2025), Period.parse("2025Q3"), Period.parse("2025H2")
MINORITY = "ethnicity.minority_residents"


def figure(code: str, value: int | Decimal | None, period: Period = YEAR, **more: object) -> Figure:
    return Figure(indicators.get(code), period, value, records=1, **more)  # type: ignore[arg-type]


def book(*known: Figure, period: Period = YEAR) -> FigureBook:
    return FigureBook(OrgUnit(), period, {item.code: item for item in known})


def said(source: str, *known: Figure, period: Period = YEAR) -> str:
    return render(source, book(*known, period=period)).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ethnicity.minority_residents}}", "118人"),
        ("{{ ethnicity.minority_residents | value }}", "118"),
        ("｛｛ethnicity.minority_residents｜value｝｝", "118"),
        ("{{ethnicity.minority_residents|yoy}}", "比上年增加3人，增长2.6%"),
        (
            "辖区有{{ethnicity.minority_residents}}，{{ethnicity.minority_residents|yoy}}。",
            "辖区有118人，比上年增加3人，增长2.6%。",
        ),
    ],
)
def test_a_token_says_its_figure(source: str, expected: str) -> None:
    assert said(source, figure(MINORITY, 118, same_period_last_year=115, previous=115)) == expected


@pytest.mark.parametrize(
    ("period", "now", "before", "expected"),
    [
        (YEAR, 5, 0, "比上年增加5人"),
        (YEAR, 5, None, "上年没有可比的数据"),
        (YEAR, 5, 5, "与上年持平"),
        (YEAR, 4, 5, "比上年减少1人，下降20.0%"),
        (YEAR, 100_001, 100_000, "比上年增加1人"),
        (QUARTER, 6, 5, "比上年同期增加1人，增长20.0%"),
    ],
)
def test_comparison_with_last_year(period: Period, now: int, before: int | None, expected: str) -> None:
    known = figure(MINORITY, now, period, same_period_last_year=before)
    assert said("{{ethnicity.minority_residents|yoy}}", known, period=period) == expected


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (QUARTER, "比上季度增加1人，增长20.0%"),
        (HALF, "比上半年增加1人，增长20.0%"),
        (Period.parse("2025H1"), "比上年下半年增加1人，增长20.0%"),
        (YEAR, "比上年增加1人，增长20.0%"),
    ],
)
def test_comparison_with_the_period_before(period: Period, expected: str) -> None:
    known = figure(MINORITY, 6, period, previous=5)
    assert said("{{ethnicity.minority_residents|qoq}}", known, period=period) == expected


def test_shares_differ_by_percentage_points() -> None:
    known = figure("ethnicity.share", Decimal("3.00"), same_period_last_year=Decimal("3.26"))
    assert said("占{{ethnicity.share}}，{{ethnicity.share|yoy}}", known) == "占3%，比上年下降0.26个百分点"


def test_targets_and_what_is_missing() -> None:
    reached = figure("work.meetings", 5, target=Decimal(4))
    assert said("{{work.meetings|target}}；{{work.meetings|goal}}", reached) == "目标4次，已完成5次；4次"
    short = figure("work.meetings", 1, target=Decimal(4))
    assert said("相差{{work.meetings|gap}}", short) == "相差3次"
    # The goal is the office's own word; only what the ledger counts leads to records.
    runs = render("{{work.meetings|target}}", book(short)).lines[0].runs
    assert [run for run in runs if isinstance(run, FigureRun)] == [FigureRun("work.meetings", "1次")]


@pytest.mark.parametrize(
    ("source", "message", "suggestion"),
    [
        ("{{work.meeting}}", "没有“work.meeting”这个指标。", "{{work.meetings}}"),
        ("{{work.meeting@2024|yoy}}", "没有“work.meeting”这个指标。", "{{work.meetings@2024|yoy}}"),
        ("{{少数民族居民}}", "没有“少数民族居民”这个指标。", "{{ethnicity.minority_residents}}"),
        ("{{7*7}}", "没有“7*7”这个指标。", ""),
        ("{{}}", "没有“”这个指标。", ""),
        ("{{settings.SECRET_KEY}}", "没有“settings.SECRET_KEY”这个指标。", ""),
        ("{{work.meetings|yoyo}}", "没有“yoyo”这种格式", "{{work.meetings|yoy}}"),
        ("{{work.meetings|yoy|value}}", "一个标记只能用一个格式", "{{work.meetings|yoy}}"),
        ("{{work.meetings@2025Q9}}", "不是期间", ""),
        ("{{work.meetings|target}}", "没有登记2025年的目标", ""),
        ("{{work.briefs}}", "台账里还没有2025年的“信息报送”", ""),
    ],
)
def test_a_wrong_token_is_an_error_in_its_place_and_stays_as_written(
    source: str, message: str, suggestion: str
) -> None:
    known = [figure("work.meetings", 3), figure("work.briefs", None)]
    found = render(f"共{source}。", book(*known))
    (problem,) = found.problems
    assert (problem.start, problem.end) == (1, 1 + len(source))
    assert message in problem.message
    assert problem.suggestion == suggestion
    assert found.text == f"共{source}。"


@pytest.mark.parametrize(
    "source",
    ["{% load x %}", "<script>alert(1)</script>", "{7}", "a<b & c", "{# x #}", "${7*7}", "{{", "\\{{7*7}}"],
)
def test_everything_else_is_literal(source: str) -> None:
    found = render(source, book())
    assert found.text == source.removeprefix("\\")
    assert bool(found.problems) == (source == "{{")


def test_a_line_is_a_paragraph_and_marks_are_headings() -> None:
    source = "第一段\r\n\r\n　　## 不，这是标题\n### 三级 \n#### 四级\n#五级不是\n##也不是"
    assert render(source, book()).blocks == [
        Paragraph(render("第一段", book()).lines[0].runs),  # type: ignore[arg-type]
        Heading(2, "不，这是标题"),
        Heading(3, "三级"),
        Heading(4, "四级"),
        *(Paragraph(render(line, book()).lines[0].runs) for line in ("#五级不是", "##也不是")),  # type: ignore[arg-type]
    ]
    in_heading = render("## 有{{work.meetings}}", book(figure("work.meetings", 3)))
    assert "标题里不能放数字标记" in in_heading.problems[0].message


def test_positions_count_from_the_beginning_of_the_source() -> None:
    source = "一二三\n\n　　四{{x.y}}五\n## 六"
    (problem,) = render(source, book()).problems
    assert source[problem.start : problem.end] == "{{x.y}}"


@given(st.text(alphabet="{}\\|@ab.｛｝ 7\n", max_size=60))
def test_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    found = render("记" + escape(text), book())
    assert found.problems == ()
    assert found.text == ("记" + " ".join(text.split())).rstrip()


@given(st.text(alphabet="{}\\|@ab.｛｝ 7", max_size=80))
def test_pieces_cover_the_whole_text(text: str) -> None:
    assert "".join(text[piece.start : piece.end] for piece in pieces(text)) == text


def test_long_runs_of_braces_are_read_to_their_end() -> None:
    for source in ("{" * 20_000 + "}" * 20_000, "{{" + "a" * 40_000):
        assert render(source, book()).text == source


def test_preview_marks_problems_and_escapes_everything() -> None:
    source = "<b>{{work.meetings}}</b>\n## 标题<i>\n{{<script>}}"
    html = preview_html(render(source, book(figure("work.meetings", 3))), lambda run: f"/{run.code}?a=1&b=2")
    assert '<p>&lt;b&gt;<a class="traced" href="/work.meetings?a=1&amp;b=2">3次</a>&lt;/b&gt;</p>' in html
    assert '<h4 class="level-2">标题&lt;i&gt;</h4>' in html
    assert '<mark class="token-problem" title="没有“&lt;script&gt;”这个指标。">{{&lt;script&gt;}}' in html
    assert "<script" not in html


def test_two_texts_are_compared_clause_by_clause() -> None:
    html = compare_html("甲，<b>，丙。\n丁", "甲，乙，丙。\n丁，戊")
    assert html == "甲，<del>&lt;b&gt;，</del><ins>乙，</ins>丙。\n<del>丁</del><ins>丁，戊</ins>"


@given(st.text("甲乙，。\n<", max_size=40), st.text("甲乙，。\n<", max_size=40))
def test_a_comparison_loses_neither_text(before: str, after: str) -> None:
    html = compare_html(before, after)
    without = {name: re.sub(f"<{name}>.*?</{name}>", "", html, flags=re.S) for name in ("del", "ins")}
    plain = {name: unescape(re.sub("</?(del|ins)>", "", text)) for name, text in without.items()}
    assert plain == {"del": after, "ins": before}


def test_another_period_is_fetched_and_leads_to_its_own_records(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Period, list[str]]] = []

    def figures(unit: OrgUnit, period: Period, codes: list[str]) -> Mapping[str, Figure]:
        asked.append((period, codes))
        return {code: figure(code, 2, period) for code in codes}

    monkeypatch.setattr("reporting.narrative.book.figures", figures)
    source = "{{work.meetings}}、{{work.meetings@2024}}、{{work.briefs@2024}}、{{work.meetings@2024|value}}"
    found: Rendered = render(source, book(figure("work.meetings", 3)))
    assert found.text == "3次、2次、2篇、2"
    assert asked == [(Period(2024), ["work.meetings", "work.briefs"])]
    runs: Iterator[FigureRun] = (run for run in found.lines[0].runs if isinstance(run, FigureRun))
    assert [run.period for run in runs] == ["", "2024", "2024", "2024"]
    assert plain(found.blocks[0].runs) == found.text  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_unit_below_is_named_by_name_or_code_and_leads_to_its_own_records(year_of_work: Units) -> None:
    def rendered(source: str) -> Rendered:
        return render(source, FigureBook(year_of_work.township, YEAR))

    village = year_of_work.village
    found = rendered(
        f"全镇{{{{work.meetings}}}}，{village.name}{{{{work.meetings@{village.name}}}}}，"
        f"{{{{work.meetings＠{village.code}@2024|value}}}}，{{{{work.meetings@2024@{village.name}|yoy}}}}"
    )
    assert found.problems == ()
    assert found.text.startswith(f"全镇3次，{village.name}3次，2，")
    runs = [run for run in found.lines[0].runs if isinstance(run, FigureRun)]
    assert [(run.unit, run.period) for run in runs[:3]] == [
        ("", ""),
        (village.code, ""),
        (village.code, "2024"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("work.meetings@{neighbour}", "也不是东山镇下级单位的名称或区划代码"),
        ("work.meetings@twenty", "既不是期间"),
        ("work.meetings@{village}@{village}", "最多写一个期间和一个单位"),
        ("ethnicity.groups@{village}", "“少数民族个数”只按乡镇（街道）统计，不分村（社区）"),
        ("overseas.regions@{village}", "只按乡镇（街道）统计，不分村（社区）"),
    ],
)
def test_a_unit_out_of_reach_or_not_kept_by_village_is_refused(
    token: str, message: str, units: Units
) -> None:
    written = token.format(neighbour=units.neighbour.code, village=units.village.name)
    found = render("{{" + written + "}}", FigureBook(units.township, YEAR))
    (problem,) = found.problems
    assert message in problem.message
    assert found.text == "{{" + written + "}}"


@pytest.mark.django_db
def test_two_units_of_one_name_want_a_code(units: Units) -> None:
    twin = OrgUnit.objects.create_under(
        units.township, code="330281101299", name=units.village.name, level=OrgUnit.Level.VILLAGE
    )
    book = FigureBook(units.township, YEAR)
    (problem,) = render(f"{{{{work.meetings@{twin.name}}}}}", book).problems
    assert "有2个单位叫" in problem.message
    assert "work.meetings" not in render(f"{{{{work.meetings@{twin.code}|value}}}}", book).problems
    offered = place_choices([units.village, twin], YEAR)
    assert [row["written"] for row in offered] == ["2024", units.village.code, twin.code]


@pytest.mark.django_db
def test_every_indicator_of_a_composition_is_refused_for_a_village(units: Units) -> None:
    """The rule goes by the ledger, so that an indicator declared later is refused as well."""
    book = FigureBook(units.township, YEAR)
    kept = [i for i in indicators.all() if getattr(i.records, "level", None) == OrgUnit.Level.TOWNSHIP]
    assert {"ethnicity.groups", "overseas.regions"} <= {indicator.code for indicator in kept}
    for indicator in kept:
        with pytest.raises(UnitUnknown, match="不分村"):
            book.unit_code(indicator.code, units.village.code)
