"""Quarterly, half-year and unity reports, and the county's: the same machinery, each in its own words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ethnicity.models import PopulationReturn, UnitySite
from ledgers.indicators import Figure, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.work.models import Activity
from reporting.documents.model import Block, Document, FigureRun, Heading, Paragraph, Table, Title, plain
from reporting.models import Report
from reporting.narrative import FigureBook, render
from reporting.reports import KINDS, UnsuitablePeriod, prose
from reporting.reports.rollup import KEY_FIGURES
from reporting.services import build_report
from tests.conftest import Units
from tests.reporting.conftest import HOSTILE, drafted

AFTER = dt.date(2026, 1, 8)


def said(document: Document) -> str:
    return "\n".join(plain(block.runs) for block in document.blocks if isinstance(block, Paragraph))


def headings(document: Document, level: int) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading) and block.level == level]


def table(document: Document, title: str) -> Table:
    return next(block for block in document.blocks if isinstance(block, Table) and block.title == title)


@pytest.mark.parametrize(
    ("kind", "period", "title", "span"),
    [
        ("quarterly", "2025Q2", "东山镇2025年第二季度统一战线工作情况", "本季度举办业务培训1次"),
        ("half", "2025H1", "东山镇2025年上半年统一战线工作总结", "上半年专题研究统战工作2次"),
        ("annual", "2025", "东山镇2025年统一战线工作总结", "全年专题研究统战工作3次"),
        ("unity", "2025", "东山镇2025年民族团结进步工作情况汇报", "全年专题研究统战工作3次"),
    ],
)
def test_each_kind_has_its_title_and_its_words(
    kind: str, period: str, title: str, span: str, year_of_work: Units
) -> None:
    document = drafted(year_of_work.township, Period.parse(period), AFTER, kind)
    assert document.name == title
    assert isinstance(document.blocks[0], Title)
    assert "".join(document.blocks[0].lines) == title
    assert span in said(document)
    assert headings(document, 1)[0] == "基本情况与组织领导"
    assert headings(document, 1)[-2:] == ["存在的问题", "下一步打算"]


def test_a_quarter_is_compared_with_the_quarters_before(year_of_work: Units) -> None:
    document = drafted(year_of_work.township, Period.parse("2025Q2"), AFTER, "quarterly")
    columns = [column.label for column in table(document, "综合工作主要数据").columns]
    assert columns == [
        "指标",
        "单位",
        "2025年第二季度",
        "2025年第一季度",
        "2024年第二季度",
        "同比",
        "季度目标",
    ]
    rows = {
        plain(row[0]): [plain(cell) for cell in row[2:5]] for row in table(document, "综合工作主要数据").rows
    }
    assert rows["信息报送"] == ["3", "3", "0"]


def test_a_running_half_is_not_over(year_of_work: Units) -> None:
    document = drafted(year_of_work.township, Period.parse("2025H1"), dt.date(2025, 6, 1), "half")
    assert "截至2025年6月1日，上半年专题研究统战工作2次" in said(document)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("quarterly", "2025"), ("quarterly", "2025H1"), ("half", "2025Q1"), ("annual", "2025H1")],
)
def test_each_kind_goes_with_its_periods(kind: str, wrong: str) -> None:
    with pytest.raises(UnsuitablePeriod, match=KINDS[kind].label):
        KINDS[kind].check(Period.parse(wrong))
    assert set(KINDS) == set(Report.Kind.values)


@pytest.fixture
def ethnic_work(year_of_work: Units) -> Units:
    """6248 minority residents, 285 registered and 5963 migrant; one event of 60 people; one demonstration site."""
    village = year_of_work.village
    PopulationReturn.objects.create(
        unit=village,
        period="2025Q4",
        state="accepted",
        submitted_on="2026-01-03",
        accepted_on="2026-01-04",
        residents=50_000,
        registered=285,
        migrant=5963,
    )
    Activity.objects.create(unit=village, kind="unity", held_on="2025-09-20", title="联欢", attendance=60)
    UnitySite.objects.create(unit=village, title=f"团结社区{HOSTILE}", grade="county", named_on="2025-03-01")
    return year_of_work


def test_the_unity_report_has_what_belongs_to_it_and_nothing_else(ethnic_work: Units) -> None:
    document = drafted(ethnic_work.township, Period(2025), AFTER, "unity")
    text = said(document)
    assert "少数民族人口6248人，其中户籍人口285人、流动人口5963人" in text
    assert headings(document, 2) == ["宣传教育", "民族团结活动", "示范创建", "流动人口服务"]
    assert "全年开展民族团结活动1次，参加60人次" in text
    assert f"有民族团结进步示范点1个，包括“团结社区{HOSTILE}" in text
    assert "有流动人口5963人" in text
    for foreign in ("非公企业", "信息", "整改", "宗教", "侨"):
        assert foreign not in text
    codes = {run.code for run in document.figure_runs()}
    assert {code.partition(".")[0] for code in codes} == {"ethnicity", "work"}


def test_two_measures_of_one_part_are_said_once() -> None:
    def of(name: str, value: int) -> Figure:
        return Figure(indicators.get(f"overseas.{name}"), Period(2025), value, records=1)

    figures = [of("households", 321), of("returned_households", 168), of("returned_persons", 516)]
    figures += [of("relatives_households", 153), of("relatives_persons", 0)]
    book = FigureBook(OrgUnit(), Period(2025), {figure.code: figure for figure in figures})
    said = render(prose.enumerate_clauses(figures), book).text
    assert said == "有侨台港澳家庭321户，其中归侨168户516人、侨眷153户"


def test_a_county_sets_its_townships_side_by_side(ethnic_work: Units) -> None:
    document = drafted(ethnic_work.county, Period(2025), AFTER)
    shown = table(document, "各乡镇（街道）主要数据")
    rows = {plain(row[0]): [plain(cell) for cell in row[1:]] for row in shown.rows}
    assert list(rows) == ["东山镇", "西河镇", "合计"]
    meetings = KEY_FIGURES.index("work.meetings")
    minority = KEY_FIGURES.index("ethnicity.minority_residents")
    assert (rows["东山镇"][meetings], rows["西河镇"][meetings], rows["合计"][meetings]) == ("3", "0", "3")
    assert rows["东山镇"][minority] == "6248"
    # A township's number leads to the township's records.
    first: Block = shown
    assert isinstance(first, Table)
    assert first.rows[0][1 + meetings] == (FigureRun("work.meetings", "3", unit="330281101000"),)
    assert "未报齐的有：东山镇、西河镇。" in said(document)
    # Counts by village are the ledger's own; a township's report sets no villages side by side.
    township = drafted(ethnic_work.township, Period(2025), AFTER)
    assert not [
        b for b in township.blocks if isinstance(b, Table) and "各" in b.title[:1] and "村" in b.title
    ]


@pytest.mark.usefixtures("quick_pdf")
def test_a_countys_report_keeps_the_figures_of_its_townships(ethnic_work: Units) -> None:
    report = build_report(unit=ethnic_work.county, period=Period(2025), kind="annual", user=None)
    kept = {
        figure.scope: (figure.value, figure.records)
        for figure in report.figures.filter(code="work.meetings", period="2025").select_related("scope")
    }
    assert kept == {
        ethnic_work.county: (Decimal(3), 3),
        ethnic_work.township: (Decimal(3), 3),
        ethnic_work.neighbour: (Decimal(0), 0),
    }
