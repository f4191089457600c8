"""How far a unit is with its targets: against the calendar, and in words what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledgers.computing import figures
from ledgers.goals import Cadence, Goal
from ledgers.indicators import FLOW, STOCK, Figure, Indicator, count, distinct
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Activity, Target
from reporting.cards import TargetProgress
from reporting.pace import Step, progress_of, told
from tests.conftest import Units
from tests.families.factories import activity, brief, target
from tests.families.test_religion_ledgers import venue, visit

SignIn = Callable[[User], Client]
TIMES = Indicator("work.x", "某项", "次", FLOW, Activity, count(), lambda period: None)  # type: ignore[arg-type, return-value]
VENUES = replace(TIMES, unit="处", measure=distinct("unit"))


def figure(
    value: int, period: str, goal: str = "4", cadence: Cadence = "year", indicator: Indicator = TIMES
) -> Figure:
    held = Goal(int(period[:4]), Decimal(goal), cadence)
    chosen = Period.parse(period)
    return Figure(indicator, chosen, value, value, target=held.expected(chosen), goal=held)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


# --- Words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "indicator", "period", "today", "pace", "missing", "state"),
    [
        (4, TIMES, "2026", "2026-11-21", "已达标", "", "is-met"),
        (5, TIMES, "2026", "2026-11-21", "已达标", "", "is-met"),
        # 325 of 365 days gone: 3.56 of 4 are due, which is three whole ones.
        (3, TIMES, "2026", "2026-11-21", "进度正常", "全年还差1次", ""),
        (2, TIMES, "2026", "2026-11-21", "进度落后", "全年还差2次，到今天应完成3次", "is-behind"),
        (0, TIMES, "2026", "2026-01-01", "进度正常", "全年还差4次", ""),
        (3, TIMES, "2025", "2025-12-31", "进度落后", "全年还差1次，到今天应完成4次", "is-behind"),
        (3, TIMES, "2025", "2026-01-01", "未达标", "全年差1次", "is-behind"),
        (0, TIMES, "2027", "2026-11-21", "尚未开始", "", ""),
        # Neither what there is at the end nor what must first add up is expected day by day.
        (1, replace(TIMES, kind=STOCK), "2026", "2026-11-21", "进行中", "全年还差3次", ""),
        (1, VENUES, "2026", "2026-11-21", "进行中", "全年还差3处", ""),
        (1, VENUES, "2025", "2026-11-21", "未达标", "全年差3处", "is-behind"),
    ],
)
def test_a_yearly_target_is_measured_against_the_days_gone_by(
    value: int, indicator: Indicator, period: str, today: str, pace: str, missing: str, state: str
) -> None:
    found = told(figure(value, period, indicator=indicator), [], day(today))
    assert (found.pace, found.missing, found.state) == (pace, missing, state)
    assert found.text == f"目标4{indicator.unit}，已完成{value}{indicator.unit}"
    assert found.bar <= found.target


def by_month(monthly: list[int], period: str, today: str, goal: str = "3") -> TargetProgress:
    months = Period.parse(period).split("month")[: len(monthly)]
    steps = [Step(month, value) for month, value in zip(months, monthly, strict=True)]
    return told(figure(sum(monthly), period, goal, "month"), steps, day(today))


@pytest.mark.parametrize(
    ("monthly", "period", "today", "pace", "missing", "state"),
    [
        ([2], "2026", "2026-01-31", "进度正常", "本月还差1次", ""),
        ([3], "2026", "2026-01-31", "进度正常", "本月已完成", ""),
        ([4, 3, 0], "2026", "2026-03-01", "进度正常", "本月还差3次", ""),
        ([2, 3, 1], "2026", "2026-03-01", "进度正常", "本月还差2次；1月不足3次", ""),
        ([1, 3, 1], "2026", "2026-03-01", "进度落后", "本月还差2次；累计少1次；1月不足3次", "is-behind"),
        (
            [0, 0, 0, 0, 3],
            "2026",
            "2026-05-02",
            "进度落后",
            "本月已完成；累计少9次；有4个月不足3次",
            "is-behind",
        ),
        # The sum is there, and still a month was missed: both are said.
        ([9, 0, 3], "2026Q1", "2026-03-09", "总数已达标", "本月已完成；2月不足3次", ""),
        ([9, 0, 0], "2026Q1", "2026-03-09", "总数已达标", "本月还差3次；2月不足3次", ""),
        ([3, 3, 3], "2026Q1", "2026-03-09", "已达标", "", "is-met"),
        ([5, 4], "2026Q1", "2026-02-09", "总数已达标", "本月已完成", ""),
        # A past period has no month that runs.
        ([3, 3, 3], "2026Q1", "2026-04-01", "已达标", "", "is-met"),
        ([9, 0, 3], "2026Q1", "2026-04-01", "总数已达标", "2月不足3次", ""),
        ([3, 1, 1], "2026Q1", "2026-04-01", "未达标", "第一季度差4次；2月、3月不足3次", "is-behind"),
        ([0] * 12, "2025", "2026-04-01", "未达标", "全年差36次；有12个月不足3次", "is-behind"),
    ],
)
def test_a_target_of_each_month_tells_what_this_month_lacks_and_what_was_missed(
    monthly: list[int], period: str, today: str, pace: str, missing: str, state: str
) -> None:
    found = by_month(monthly, period, today)
    assert (found.pace, found.missing, found.state) == (pace, missing, state)
    months = 3 if "Q" in period else 12
    assert found.text == f"目标{3 * months}次（每月3次），已完成{sum(monthly)}次"


def test_a_quarter_looked_at_alone_has_no_steps() -> None:
    found = told(figure(0, "2026Q4", "1", "quarter"), [], day("2026-11-21"))
    assert (found.text, found.missing) == ("目标1次，已完成0次", "本季度还差1次")
    past = told(figure(0, "2026Q3", "1", "quarter"), [], day("2026-11-21"))
    assert (past.pace, past.missing) == ("未达标", "第三季度差1次")


# --- From the records ------------------------------------------------------------------------------------------


def progress(unit: OrgUnit, period: str, today: str) -> dict[str, TargetProgress]:
    return progress_of(unit, figures(unit, Period.parse(period)).values(), day(today))


def test_four_experience_briefs_in_one_quarter_do_not_stand_for_the_year(units: Units) -> None:
    code = "work.briefs_experience_made_up"
    target(units.township, code, 2025, "1", "quarter")
    for number in range(4):
        brief(units.township, f"2025-02-0{number + 1}", "experience")
    assert progress(units.township, "2025Q1", "2026-01-01")[code].state == "is-met"
    year = progress(units.township, "2025", "2026-01-01")[code]
    assert (year.pace, year.state) == ("总数已达标", "")
    assert year.missing == "第二季度、第三季度、第四季度不足1篇"
    running = progress(units.township, "2025", "2025-05-05")[code]
    assert running.missing == "本季度还差1篇"
    # Two special ones do instead.
    for number in (1, 2):
        brief(units.village, f"2025-05-0{number}", "special")
    assert progress(units.township, "2025", "2025-05-05")[code].missing == "本季度已完成"


def test_all_venues_are_named_as_all(units: Units) -> None:
    code = "religion.venues_visited_3"
    Target.objects.create(unit=units.township, indicator=code, year=2025, whole=True)
    for number in range(3):
        visit(venue(units.village, number), "2025-02-01")
    found = progress(units.township, "2025", "2025-06-30")[code]
    assert (found.text, found.missing) == ("目标为全部3处，已完成0处", "全年还差3处")


def test_months_cost_one_query_for_each_kind_of_record(units: Units) -> None:
    period, today = Period.parse("2025"), day("2025-12-30")

    def queries() -> int:
        found = figures(units.township, period)
        with CaptureQueriesContext(connection) as captured:
            progress_of(units.township, found.values(), today)
        return len(captured)

    target(units.township, "work.meetings", 2025, "9")
    assert queries() == 0
    target(units.township, "work.briefs", 2025, "3", "month")
    assert queries() == 1
    target(units.township, "work.briefs_experience_made_up", 2025, "1", "quarter")
    target(units.township, "work.briefs_adopted", 2025, "1", "month")
    assert queries() == 1
    target(units.township, "work.publicity", 2025, "1", "month")
    assert queries() == 2


# --- The pages -------------------------------------------------------------------------------------------------


def dashboard(client: Client, unit: OrgUnit, period: str) -> str:
    return client.get("/dashboard/", {"unit": unit.code, "period": period}).content.decode()


def test_what_is_behind_comes_first_with_the_clause_it_comes_from(
    units: Units, leader: User, signed_in: SignIn
) -> None:
    target(units.township, "work.meetings", 2024, "1")
    late = target(units.township, "work.trainings", 2024, "4")
    Target.objects.filter(pk=late.pk).update(source_clause="每年组织业务培训不少于4次")
    activity(units.village, "2024-03-01")
    html = dashboard(signed_in(leader), units.township, "2024").partition("目标进度")[2]
    assert html.index("业务培训") < html.index("全年差4次") < html.index("专题研究") < html.index("已达标")
    assert "每年组织业务培训不少于4次" in html
    assert "本月" not in html


def test_where_there_is_no_target_the_page_says_what_to_do(
    units: Units, officer: User, leader: User, signed_in: SignIn
) -> None:
    none = "东山镇2024年还没有登记年度目标。"
    html = dashboard(signed_in(officer), units.township, "2024")
    assert none in html
    assert 'href="/ledgers/targets/">去登记目标' in html
    html = dashboard(signed_in(leader), units.township, "2024")
    assert none in html
    assert "去登记目标" not in html
    # A township's targets are its own; a village without any is told nothing.
    assert "目标进度" not in dashboard(signed_in(officer), units.village, "2024")
    target(units.township, "work.meetings", 2024, "1")
    html = dashboard(signed_in(officer), units.township, "2024Q1")
    assert "东山镇的目标按全年考核，2024年第一季度没有单独的目标。" in html
    assert 'period=2024">看全年' in html


def test_the_home_page_of_a_village_shows_its_own_targets(
    units: Units, clerk: User, officer: User, signed_in: SignIn
) -> None:
    assert "目标进度" not in signed_in(clerk).get("/").content.decode()
    assert "还没有登记年度目标" in signed_in(officer).get("/").content.decode()
    target(units.village, "work.briefs", timezone.localdate().year, "1", "month")
    assert "本月还差1篇" in signed_in(clerk).get("/").content.decode()
