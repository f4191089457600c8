"""The wording of the annual report: what it says, and what it is silent about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ledgers.indicators import Figure, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.work.models import Activity, Brief, Target
from reporting.documents.model import (
    Annex,
    AnnexNote,
    Chart,
    Document,
    FigureRun,
    Heading,
    Paragraph,
    Signature,
    Table,
    Title,
    plain,
)
from reporting.narrative import FigureBook, render
from reporting.reports import KINDS, UnsuitablePeriod, prose
from reporting.reports.assemble import title_lines
from tests.conftest import Units
from tests.reporting.conftest import HOSTILE, drafted
from tests.returns.factories import population

YEAR = Period(2025)
AFTER = dt.date(2026, 1, 8)


def compose(units: Units, today: dt.date = AFTER, period: Period = YEAR) -> Document:
    return drafted(units.township, period, today)


def said(document: Document) -> str:
    return "\n".join(plain(block.runs) for block in document.blocks if isinstance(block, Paragraph))


def words(source: str, *known: Figure) -> str:
    return render(source, FigureBook(OrgUnit(), YEAR, {item.code: item for item in known})).text


def figure(code: str, value: int | Decimal, **more: object) -> Figure:
    return Figure(indicators.get(code), YEAR, value, records=1, **more)  # type: ignore[arg-type]


def test_four_parts_with_a_heading_for_each_family(year_of_work: Units) -> None:
    headings = [block for block in compose(year_of_work).blocks if isinstance(block, Heading)]
    assert [h.text for h in headings if h.level == 1] == [
        "基本情况与组织领导",
        "重点工作",
        "存在的问题",
        "下一步打算",
    ]
    # Returns are owed by every village, but nobody has done anything in the other families.
    assert [h.text for h in headings if h.level == 2] == ["综合工作", "非公经济"]


def test_sentences_come_from_the_records(year_of_work: Units) -> None:
    text = said(compose(year_of_work))
    assert "东山镇辖3个村（社区）。" in text
    assert "截至2025年12月31日，设立联络小组的村1个" in text
    assert "共有非公企业1家，从业人员35人，注册资本120.5万元" in text
    assert "全年专题研究统战工作3次。对照年度目标，专题研究目标2次，已完成3次，已经达到。" in text
    assert "报送信息8篇，其中动态信息7篇、经验信息1篇。" in text
    assert "梳理整改事项1个。" in text
    assert "一是整改事项到期未整改1个，包括“" in text
    assert "二是企业诉求到期未办结1件，包括“协调贷款”。" in text
    assert "未达到年度目标的有：业务培训目标4次，已完成1次，相差3次。" in text
    assert "一是抓紧办理到期未完成的整改事项1个、企业诉求1件" in text
    assert "补上与年度目标的差距：业务培训3次，列入2026年工作安排" in text


def test_nothing_is_said_of_what_is_not_registered(year_of_work: Units) -> None:
    text = said(compose(year_of_work))
    assert "0次" not in text.replace("10次", "")
    for silent in ("标语", "推文", "宣传活动", "工作经费", "捐赠", "None"):
        assert silent not in text


def test_an_empty_year_says_so_and_invents_nothing(units: Units) -> None:
    document = compose(units)
    text = said(document)
    assert "截至2025年12月31日，台账未登记基本情况数据。" in text
    assert "2025年台账未登记专题研究、理论学习情况。" in text
    assert "2025年台账未登记各项工作。" in text
    assert "未报齐的有：上河村、下河村、新桥村。" in text
    assert "没有到期未完成的事项" in said(drafted(units.village, YEAR, AFTER))
    assert not [block for block in document.blocks if isinstance(block, Chart)]


def test_a_number_in_prose_is_always_a_figure(year_of_work: Units) -> None:
    runs = [run for b in compose(year_of_work).blocks if isinstance(b, Paragraph) for run in b.runs]
    codes = {run.code for run in runs if isinstance(run, FigureRun)}
    assert {"work.meetings", "work.briefs", "nonpublic.staff", "work.findings_overdue"} <= codes
    for run in runs:
        if isinstance(run, FigureRun):
            assert run.text[0].isdigit(), run


def test_a_running_year_is_not_called_a_whole_one(year_of_work: Units) -> None:
    document = compose(year_of_work, today=dt.date(2025, 11, 21))
    text = said(document)
    assert "全年" not in text
    assert "截至2025年11月21日，今年以来专题研究统战工作3次。" in text
    assert "年内到期的整改事项还有1个没有完成" in text
    # Eleven months against twelve would be no comparison, in prose or in the table.
    table = next(block for block in document.blocks if isinstance(block, Table))
    row = next(row for row in table.rows if plain(row[0]) == "专题研究")
    assert [plain(cell) for cell in row] == ["专题研究", "次", "3", "2", "—", "2"]


def test_comparison_with_the_year_before(year_of_work: Units) -> None:
    for month in (1, 2):
        Brief.objects.create(
            unit=year_of_work.township,
            kind="dynamic",
            title="旧",
            sent_on=dt.date(2024, month, 1),
            sent_to="县",
        )
    assert "信息报送比上年增加6篇，增长300.0%；动态信息比上年增加5篇，增长250.0%" in said(
        compose(year_of_work)
    )


def test_tables_have_this_year_last_year_change_and_target(year_of_work: Units) -> None:
    document = compose(year_of_work)
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert [column.label for column in tables[0].columns] == [
        "指标",
        "单位",
        "2025年",
        "2024年",
        "同比",
        "年度目标",
    ]
    rows = {plain(row[0]): [plain(cell) for cell in row[1:]] for row in tables[0].rows}
    assert rows["专题研究"] == ["次", "3", "2", "+50.0%", "2"]
    assert rows["业务培训"] == ["次", "1", "0", "—", "4"]
    assert rows["张贴标语"] == ["条", "0", "0", "—", "—"]
    charts = [block for block in document.blocks if isinstance(block, Chart)]
    assert charts[0].spec.categories[0] == "专题研究"
    assert charts[0].spec.series[0].values[0] == 3
    assert "专题研究3，2024年2" in charts[0].alt
    # The earlier year's number leads to the earlier year's records.
    assert charts[0].table.rows[0][2] == (FigureRun("work.meetings", "2", "2024"),)


def test_two_shares_differ_by_points(year_of_work: Units) -> None:
    population(year_of_work.village, "2024Q4", 10, 10, residents=1000)
    population(year_of_work.village, "2025Q4", 10, 15, residents=1000)
    tables = [block for block in compose(year_of_work).blocks if isinstance(block, Table)]
    rows = {plain(row[0]): [plain(cell) for cell in row[1:]] for table in tables for row in table.rows}
    assert rows["少数民族人口"][1:4] == ["25", "20", "+25.0%"]
    assert rows["少数民族人口占比"][1:4] == ["2.5", "2", "+0.5个百分点"]


def test_frame_of_the_document(year_of_work: Units) -> None:
    document = compose(year_of_work)
    assert document.blocks[0] == Title(("东山镇2025年统一战线工作总结",))
    note = next(block for block in document.blocks if isinstance(block, AnnexNote))
    annexes = [block for block in document.blocks if isinstance(block, Annex)]
    assert [annex.label for annex in annexes] == ["附件1", "附件2"]
    assert note.titles == tuple(annex.title for annex in annexes)
    assert Signature("东山镇", AFTER) in document.blocks
    position = document.blocks.index
    assert position(note) < position(Signature("东山镇", AFTER)) < position(annexes[0])


def test_a_long_title_is_broken_after_the_unit() -> None:
    assert title_lines("东山镇", "2025年统一战线工作总结") == ("东山镇2025年统一战线工作总结",)
    unit = "清江县东山经济技术开发区管理委员会"
    assert title_lines(unit, "2025年统一战线工作总结") == (unit, "2025年统一战线工作总结")


def test_records_are_quoted_as_they_are_and_at_most_five(year_of_work: Units) -> None:
    assert HOSTILE[:20] in said(compose(year_of_work))
    from ledgers.work.models import Rectification

    for number in range(6):
        Rectification.objects.create(
            unit=year_of_work.village,
            source="县级督查",
            found_on=dt.date(2025, 3, 1),
            issue=f"第{number}项",
            responsible_office="统战办",
            due=dt.date(2025, 6, 1),
        )
    assert "整改事项到期未整改7个，主要有" in said(compose(year_of_work))
    assert "“第3项”等。" in said(compose(year_of_work))


def test_next_years_targets_are_named_when_they_are_registered(year_of_work: Units) -> None:
    assert "完成2026年目标" not in said(compose(year_of_work))
    Target.objects.create(
        unit=year_of_work.township, indicator="work.briefs", year=2026, value=3, cadence="month"
    )
    assert "完成2026年目标：信息报送36篇。" in said(compose(year_of_work))


def test_a_county_counts_its_townships_and_a_village_has_none_below(year_of_work: Units) -> None:
    county = drafted(year_of_work.county, YEAR, AFTER)
    assert "清江县辖2个乡镇（街道）、4个村（社区）。" in said(county)
    village = drafted(year_of_work.village, YEAR, AFTER)
    assert "上河村辖" not in said(village)


def test_annual_reports_are_about_years() -> None:
    KINDS["annual"].check(YEAR)
    with pytest.raises(UnsuitablePeriod, match="不能是2025年第三季度"):
        KINDS["annual"].check(Period.parse("2025Q3"))


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (243, 246, "专题研究比上年增加3次，增长1.2%"),
        (8, 6, "专题研究比上年减少2次，下降25.0%"),
        (0, 6, ""),
        (6, 6, ""),
        (None, 6, ""),
    ],
)
def test_comparison_is_silent_without_a_base(before: int | None, now: int, expected: str) -> None:
    given = figure("work.meetings", now, same_period_last_year=before)
    assert words(prose.comparison(given), given) == expected


def test_money_is_printed_without_trailing_zeros() -> None:
    for value, expected in (
        (Decimal("12.50"), "落实工作经费12.5万元"),
        (Decimal("40.00"), "落实工作经费40万元"),
    ):
        given = figure("work.funds_received", value)
        assert words(prose.clause(given), given) == expected


def test_activities_of_other_kinds_are_not_counted_twice(year_of_work: Units) -> None:
    Activity.objects.create(unit=year_of_work.village, kind="study", held_on=dt.date(2025, 2, 2), title="学")
    text = said(compose(year_of_work))
    assert text.count("组织理论学习1次") == 1
