"""The dashboard and the records behind each of its figures."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.access import Role
from ledgers.computing import compute, series
from ledgers.indicators import FLOW, Change, Figure, Indicator, Number, count, indicators
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from ledgers.work.models import Activity
from reporting import cards, dashboards
from reporting.trends import quarters_of
from tests.conftest import AccountFactory, Units
from tests.contracts.pages import queries
from tests.families.factories import (
    activity,
    brief,
    contribution,
    enterprise,
    liaison_group,
    rectification,
    request,
    target,
)

YEAR = Period.parse("2025")
AUTUMN = dt.date(2026, 11, 21)
SignIn = Callable[[User], Client]


@pytest.fixture
def work(units: Units) -> Units:
    """Records of every kind in two villages, the township and the neighbour, in 2024 and 2025."""
    for unit, scale in (
        (units.village, 1),
        (units.villages[1], 2),
        (units.township, 3),
        (units.neighbour_village, 50),
    ):
        for year in (2024, 2025):
            for number in range(scale if scale < 10 else 2):
                activity(unit, f"{year}-03-{number + 1:02}", banners=scale, attendance=scale)
                activity(unit, f"{year}-08-{number + 1:02}", kind="training", attendance=10 * scale)
            brief(unit, f"{year}-05-06", adopted_by="市委统战部")
        rectification(unit, "2025-02-01", "2025-04-01")
        liaison_group(unit, "2024-01-01")
        company = enterprise(unit, scale, staff=5 * scale, registered_capital=Decimal("1234.50") * scale)
        request(company, "2025-06-01")
        contribution(company, "2025-06-02", "0.50")
    target(units.township, "work.meetings", 2025, "9")
    return units


def dashboard_of(units: Units, unit: OrgUnit, period: Period = YEAR) -> dashboards.Dashboard:
    tree = [units.county, units.township, *units.villages, units.neighbour, units.neighbour_village]
    children = [each for each in tree if each.depth == unit.depth + 1 and each.is_within(unit)]
    return dashboards.build(unit, period, children=children, today=AUTUMN)


# --- Words -----------------------------------------------------------------------------------------------------


def indicator(unit: str = "次", kind: str = FLOW, decimals: int = 0) -> Indicator:
    return Indicator("work.x", "某项", unit, kind, Activity, count(), lambda period: None, decimals=decimals)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("before", "now", "unit", "decimals", "words"),
    [
        (2, 5, "次", 0, "增加3次（150.0%）"),
        (3, 2, "人", 0, "减少1人（33.3%）"),
        (4, 4, "次", 0, "持平"),
        (0, 1200, "条", 0, "增加1,200条"),
        (Decimal("70.25"), Decimal("70.75"), "万元", 2, "增加0.5万元（0.7%）"),
        (Decimal("2.41"), Decimal("3.00"), "%", 2, "增加0.59个百分点"),
    ],
)
def test_a_change_is_told_in_words(before: Number, now: Number, unit: str, decimals: int, words: str) -> None:
    change = Change.between(before, now)
    assert change is not None
    told = cards.delta("同比", change, indicator(unit, decimals=decimals))
    assert told.words == words
    assert told.arrow == {"增": "↑", "减": "↓", "持": "→"}[words[0]]


def test_a_year_is_compared_once_and_a_quarter_twice() -> None:
    year = Figure(indicator(), YEAR, 3, 3, previous=2, same_period_last_year=2)
    quarter = Figure(indicator(), Period.parse("2025Q3"), 3, 3, previous=1, same_period_last_year=2)
    assert [told.label for told in cards.deltas(year)] == ["比上年"]
    assert [told.label for told in cards.deltas(quarter)] == ["环比", "同比"]


# --- Assembly --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["county", "township", "village"])
def test_every_figure_of_the_registry_is_shown_once(work: Units, level: str) -> None:
    unit: OrgUnit = getattr(work, level)
    shown = dashboard_of(work, unit)
    codes = [card.figure.code for family in shown.families for card in (*family.cards, *family.others)]
    assert sorted(codes) == sorted(member.code for member in indicators.all())
    assert [family.label for family in shown.families] == [
        family.label for family in ledgers.families() if family.app_label in indicators.by_family()
    ]


def test_units_below_and_the_own_row_add_up_to_the_total(work: Units) -> None:
    for family in dashboard_of(work, work.township).families:
        table = family.breakdown
        assert table is not None
        assert [row.name for row in table.rows] == ["上河村", "下河村", "新桥村"]
        rows = [*table.rows, table.own] if table.own else [*table.rows]
        for position, column in enumerate(table.columns):
            if column.measure.additive:
                values = [Decimal(row.cells[position].value.replace(",", "")) for row in rows]
                assert sum(values) == Decimal(table.total.cells[position].value.replace(",", "")), column.code


def test_a_family_follows_its_main_figures_through_eight_quarters(work: Units) -> None:
    shown = dashboard_of(work, work.township, Period.parse("2025Q3")).families[0].trends
    assert shown is not None
    quarters = ["2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3"]
    assert [str(row.quarter) for row in shown.rows] == quarters
    assert [chart.indicator.code for chart in shown.charts] == [
        *("work.meetings", "work.trainings", "work.people_trained", "work.findings_overdue"),
        "work.liaison_villages",
    ]
    # 6 meetings each March, 6 trainings each August; three findings fell due in April.
    meetings = [row.cells[0].text for row in shown.rows]
    assert meetings == ["0", "6", "0", "0", "0", "6", "0", "0"]
    assert [row.cells[3].text for row in shown.rows] == ["0"] * 6 + ["3", "3"]
    drawing = ET.fromstring(shown.charts[0].drawing)
    assert drawing.attrib["role"] == "img"
    assert "2025年第一季度6次" in drawing.attrib["aria-label"]


def test_the_quarters_end_with_the_running_one(work: Units) -> None:
    assert [str(q) for q in quarters_of(Period.parse("2026"), dt.date(2026, 5, 2))][-1] == "2026Q2"
    assert [str(q) for q in quarters_of(Period.parse("2025"), dt.date(2026, 5, 2))][-1] == "2025Q4"
    assert [str(q) for q in quarters_of(Period.parse("2026H2"), dt.date(2026, 5, 2))][-1] == "2026Q4"


def test_population_comes_first_and_paperwork_last(work: Units) -> None:
    family = next(each for each in dashboard_of(work, work.township).families if each.code == "ethnicity")
    codes = [card.figure.code for card in (*family.cards, *family.others)]
    assert codes[:3] == ["ethnicity.minority_residents", "ethnicity.registered", "ethnicity.migrant"]
    assert codes[-3:] == [f"ethnicity.returns_{name}" for name in ("due", "submitted", "late")]


def test_units_below_are_compared_by_the_first_figure_that_any_has(work: Units) -> None:
    chart = dashboard_of(work, work.township).families[0].chart
    assert chart is not None
    told = ET.fromstring(chart.drawing).attrib["aria-label"]
    assert told == "各单位专题研究：上河村1次，下河村2次，新桥村0次"
    assert dashboard_of(work, work.village).families[0].chart is None


def test_a_family_without_records_draws_no_chart(units: Units) -> None:
    for unit in (units.township, units.village):
        families = dashboard_of(units, unit).families
        assert all(family.chart is None and family.trends is None for family in families)


def test_only_figures_held_to_a_target_are_under_targets(work: Units) -> None:
    held = dashboard_of(work, work.township).targets.cards
    assert [card.progress.text for card in held if card.progress] == ["目标9次，已完成6次"]
    # A township's target is not handed down to its villages.
    assert not dashboard_of(work, work.village).targets


def test_eight_quarters_cost_no_more_queries_than_one(work: Units) -> None:
    codes = [member.code for member in indicators.all() if member.measure.derive is None]

    def asked(quarters: int) -> int:
        periods = list(Period.parse("2025Q4").back(quarters))
        return queries(lambda: series(work.township, periods, codes))

    assert asked(8) == asked(1)


# --- The page --------------------------------------------------------------------------------------------------


def page(client: Client, unit: OrgUnit, period: str = "2025", **more: str) -> str:
    response = client.get(f"/dashboard/?{urlencode({'unit': unit.code, 'period': period, **more})}")
    assert response.status_code == 200
    html = response.content.decode()
    assert not re.search(r"\{[#%{]", html)  # A template comment that has lost its end is shown.
    return html


def test_the_dashboard_shows_the_figures_with_links_to_their_records(
    work: Units, leader: User, signed_in: SignIn
) -> None:
    html = page(signed_in(leader), work.township)
    assert "目标9次，已完成6次" in html
    link = f"/indicators/work.meetings/records/?unit={work.township.code}&amp;period=2025"
    assert link in html
    assert f"?unit={work.village.code}&amp;period=2025" in html
    assert 'role="img"' in html
    assert "下河村2次" in html


def test_without_parameters_it_is_the_own_unit_and_this_year(
    work: Units, clerk: User, signed_in: SignIn
) -> None:
    response = signed_in(clerk).get("/dashboard/")
    assert response.context["unit"] == work.village
    assert str(response.context["period"]) == str(dt.date.today().year)


@pytest.mark.parametrize(
    "query", [{"unit": "330281102000"}, {"unit": "330281000000"}, {"unit": "x"}, {"period": "2025Q9"}]
)
def test_a_unit_out_of_reach_or_a_period_that_is_none_is_not_found(
    work: Units, officer: User, signed_in: SignIn, query: dict[str, str]
) -> None:
    client = signed_in(officer)
    assert client.get(f"/dashboard/?{urlencode(query)}").status_code == 404
    assert client.get(f"/indicators/work.meetings/records/?{urlencode(query)}").status_code == 404


@pytest.mark.parametrize("path", ["/dashboard/", "/indicators/work.meetings/records/"])
def test_roles_without_ledger_data_are_refused_and_strangers_sent_to_sign_in(
    account: AccountFactory, signed_in: SignIn, path: str
) -> None:
    for role in (Role.ADMIN, Role.AUDITOR):
        assert signed_in(account(role)).get(path).status_code == 403
    assert Client().get(path).status_code == 302


def test_a_closed_unit_leaves_the_dashboard_from_its_first_period_without_it(
    work: Units, officer: User, signed_in: SignIn
) -> None:
    OrgUnit.objects.filter(pk=work.villages[2].pk).update(closed_on=dt.date(2025, 1, 1))
    client = signed_in(officer)

    def names(period: str) -> list[str]:
        shown = client.get(f"/dashboard/?period={period}").context["dashboard"]
        return [row.name for row in shown.families[0].breakdown.rows]

    assert "新桥村" in names("2024Q4")
    assert "新桥村" not in names("2025Q1")


def test_nothing_on_the_page_breaks_the_content_security_policy(
    work: Units, officer: User, signed_in: SignIn
) -> None:
    OrgUnit.objects.filter(pk=work.village.pk).update(name="<script>alert(1)</script>")
    client = signed_in(officer)
    for html in (page(client, work.township), page(client, work.village, "2025Q1")):
        assert "<script>alert" not in html
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


# --- The records behind a figure -------------------------------------------------------------------------------


def test_every_indicator_lists_the_records_it_adds_up(work: Units, officer: User, signed_in: SignIn) -> None:
    client = signed_in(officer)
    for indicator in indicators.all():
        for unit in (work.township, work.village):
            figure = compute([indicator.code], [unit], [YEAR])[indicator.code, unit.pk, YEAR]
            response = client.get(f"/indicators/{indicator.code}/records/?unit={unit.code}&period=2025")
            assert response.status_code == 200, indicator.code
            listed = list(response.context["table"].data)
            assert response.context["value"] == cards.number(indicator, figure.value)
            assert response.context["page_obj"].paginator.count == figure.records == len(listed)
            if indicator.measure.field and indicator.measure.additive:
                assert sum(getattr(record, indicator.measure.field) for record in listed) == figure.value
            assert all(record.unit.is_within(unit) for record in listed)


def test_a_summed_column_shows_its_total_below(work: Units, officer: User, signed_in: SignIn) -> None:
    html = (
        signed_in(officer)
        .get(f"/indicators/work.banners/records/?unit={work.township.code}&period=2025")
        .content.decode()
    )
    assert "悬挂横幅（条）" in html
    assert "合计 14" in html
    assert "把“悬挂横幅”一列相加" in html


def test_the_records_can_be_sorted_and_paged_without_a_repeat(
    units: Units, officer: User, signed_in: SignIn
) -> None:
    for number in range(60):
        activity(units.village, f"2025-01-{number % 28 + 1:02}", banners=1)
    client = signed_in(officer)
    seen: list[int] = []
    for number in (1, 2, 3):
        query = {"unit": units.village.code, "period": "2025", "sort": "kind", "page": str(number)}
        response = client.get(f"/indicators/work.banners/records/?{urlencode(query)}")
        seen += [record.pk for record in response.context["page_obj"].object_list.data]
    assert len(seen) == len(set(seen)) == 60


def test_an_unknown_indicator_is_not_found(units: Units, officer: User, signed_in: SignIn) -> None:
    assert signed_in(officer).get("/indicators/work.nothing/records/").status_code == 404


def test_the_list_of_records_costs_the_same_for_few_and_many(
    units: Units, officer: User, signed_in: SignIn
) -> None:
    client = signed_in(officer)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/indicators/work.meetings/records/?unit={units.township.code}&period=2025")
        return len(captured)

    activity(units.village, "2025-01-01")
    queries()  # a session's first page begins its idle time
    before = queries()
    for number in range(20):
        activity(units.villages[number % 3], f"2025-02-{number + 1:02}")
    assert queries() == before
