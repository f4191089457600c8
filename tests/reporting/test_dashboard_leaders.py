"""What a leader opens: what needs attention, the returns, targets of the units below, every number and its records."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable
from functools import partial
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from ethnicity.models import EthnicComposition
from ledgers.access import Role
from ledgers.disclosure import OTHER
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.returns.deadlines import due_on, last_quarter
from ledgers.work.models import Activity
from reporting import cards, remembered
from reporting.models import Report
from reporting.remembered import Remembered
from tests.conftest import AccountFactory, Units
from tests.contracts.pages import queries
from tests.families.factories import activity, brief, enterprise, rectification, request, target
from tests.returns.factories import DRAFT, SUBMITTED, overseas, population

SignIn = Callable[[User], Client]
TODAY = timezone.localdate()
YEAR = Period.containing(TODAY)
QUARTER = last_quarter()
LATE = due_on(QUARTER) < TODAY
LINK = re.compile(r'<a[^>]*href="(/indicators/([\w.]+)/records/\?[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def url(unit: OrgUnit, period: object = YEAR, **more: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/dashboard/?unit={unit.code}&period={period}{extra}"


def html_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    page: str = response.content.decode()
    assert not re.search(r"\{[#%{]", page)
    return page


@pytest.fixture
def busy(units: Units) -> Units:
    """Work, counts, targets and returns in two townships, some of it late, behind or out of balance."""
    first, second, _ = units.villages
    for unit, amount in ((first, 1), (second, 2), (units.township, 3), (units.neighbour_village, 5)):
        for year in (YEAR.year - 1, YEAR.year):
            activity(unit, f"{year}-01-05", banners=amount, attendance=amount)
            activity(unit, f"{year}-01-06", kind="training", attendance=10 * amount)
            brief(unit, f"{year}-01-07")
        request(enterprise(unit, amount, staff=7 * amount), f"{YEAR.year}-01-02")
    for quarter in (QUARTER.previous.previous, QUARTER.previous):
        for village, minority in ((first, 11), (second, 22), (units.neighbour_village, 33)):
            population(village, str(quarter), minority, minority, residents=1000)
            overseas(village, str(quarter), returned_households=minority, returned_persons=minority)
    population(first, str(QUARTER), 12, 11, state=SUBMITTED)
    population(second, str(QUARTER), 23, 22, state=DRAFT)
    return units


# --- Numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "period"), [("village", QUARTER), ("township", QUARTER), ("county", YEAR)])
def test_every_number_is_that_of_the_command_and_leads_to_its_records(
    busy: Units, account: AccountFactory, signed_in: SignIn, level: str, period: Period
) -> None:
    unit: OrgUnit = getattr(busy, level)
    client = signed_in(account(Role.LEADER, unit))
    told: dict[tuple[str, str], dict[str, Any]] = {}

    def by_command(code: str, unit_code: str, period: str) -> str:
        if (unit_code, period) not in told:
            out = io.StringIO()
            call_command("indicators", unit=unit_code, period=period, json=True, stdout=out)
            told[unit_code, period] = {row["code"]: row["value"] for row in json.loads(out.getvalue())}
        return cards.number(indicators.get(code), told[unit_code, period][code])

    found = LINK.findall(html_of(client, url(unit, period)))
    opened: dict[str, tuple[str, str]] = {}
    for address, code, text in found:
        query = parse_qs(urlsplit(unescape(address)).query)
        number = re.search(r"—|-?[\d,]+(\.\d+)?", re.sub(r"<[^>]*>|\s", "", text))
        if number is None:
            continue  # named, not numbered: the target it belongs to
        assert number[0] == by_command(code, query["unit"][0], query["period"][0]), address
        opened[code] = (unescape(address), number[0])
    assert opened.keys() == {member.code for member in indicators.all()}
    # More than one number for each: of units below, and of quarters.
    assert len(found) > 1.5 * len(opened)
    # Of every ninth of them: that every figure is its list is tested for each indicator in test_dashboard.
    for address, number_shown in list(opened.values())[::9]:
        assert client.get(address).context["value"] == number_shown


def test_no_group_of_people_is_named_on_a_dashboard(busy: Units, leader: User, signed_in: SignIn) -> None:
    table = EthnicComposition(
        unit=busy.township, period=str(QUARTER.previous), period_end=QUARTER.previous.last_day
    )
    rows = {"15": (20, 20), "06": (10, 10), "12": (2, 2), "09": (1, 1)}
    table.fill({code: EthnicComposition.row(numbers) for code, numbers in rows.items()}, (33, 33))
    table.save()
    assert OTHER in table.lines
    client = signed_in(leader)
    for unit in (busy.township, busy.village):
        page = html_of(client, url(unit))
        assert not [label for label in EthnicComposition.categories.values() if label in page]


# --- What needs attention --------------------------------------------------------------------------------------


def test_what_needs_attention_is_told_most_pressing_first_and_leads_to_where_it_is_settled(
    busy: Units, officer: User, leader: User, signed_in: SignIn
) -> None:
    long_ago = TODAY - dt.timedelta(days=90)
    rectification(busy.village, str(long_ago), str(TODAY - dt.timedelta(days=40)), issue="会议记录不全")
    rectification(busy.village, str(long_ago), str(TODAY), issue="今天到期")
    rectification(busy.neighbour_village, str(long_ago), str(TODAY - dt.timedelta(days=9)))
    company = enterprise(busy.village, 9)
    for days in (3, 50):
        request(company, str(long_ago), due=str(TODAY - dt.timedelta(days=days)))
    target(busy.township, "work.meetings", YEAR.year, "900")
    table = EthnicComposition(
        unit=busy.township, period=str(QUARTER.previous), period_end=QUARTER.previous.last_day
    )
    table.fill({"15": EthnicComposition.row((40, 30))}, (40, 30))
    table.save()
    for number, (state, drifted) in enumerate(
        (("draft", None), ("submitted", None), ("final", 2), ("final", 0))
    ):
        Report.objects.create(
            unit=busy.township,
            period=str(Period(YEAR.year - number)),
            kind="annual",
            state=state,
            title=f"报告{number}",
            built_at=timezone.now(),
            frozen_at=timezone.now() if state == "final" else None,
            drifted=drifted,
        )
    client = signed_in(leader)
    found = client.get(url(busy.township)).context["concerns"]
    tones = [concern.tone for concern in found]
    assert tones == sorted(tones, key=["danger", "warning", "info"].index)
    assert [c.days for c in found if c.tone == "danger"] == sorted(
        (c.days for c in found if c.tone == "danger"), reverse=True
    )
    said = {concern.text: concern for concern in found}
    texts = "\n".join(said)
    assert "上河村“会议记录不全”逾期未整改，已逾期40天。" in said
    assert "今天到期" not in texts
    assert "企业诉求有2条逾期未办结，最久的在上河村，已逾期50天。" in said
    assert "户籍人口本表40人、各村合计33人，流动人口本表30人、各村合计33人" in texts
    assert "专题研究：目标900次" in texts
    assert "报告0》还是草稿" in texts
    assert said["《报告1》已提交，等待签发。"].action == "去签发"
    assert "报告2》定稿以后" in texts
    assert "报告3》" not in texts
    assert "西河镇" not in texts
    assert "柳湾村" not in texts
    missing = "逾期未报" if LATE else "还没有填报"
    assert f"{QUARTER.label}侨台季报有3张{missing}" in texts
    assert f"上河村{QUARTER.label}人口季报已报送，等待审核。" in said
    reports = {report.title: report for report in Report.objects.all()}
    assert said["《报告1》已提交，等待签发。"].url == reports["报告1"].get_absolute_url()
    assert [c.url for c in found if c.kind == "定稿有变"] == [f"{reports['报告2'].get_absolute_url()}drift/"]
    # The reports here are made up, and have nothing to show.
    for address in {concern.url.partition("#")[0] for concern in found}:
        assert address.startswith("/reports/") or client.get(address).status_code == 200, address
    listed = signed_in(officer).get(next(c.url for c in found if "企业诉求有2条" in c.text))
    assert len(listed.context["table"].data) == 2


def test_where_all_is_well_a_sentence_says_so(units: Units, leader: User, signed_in: SignIn) -> None:
    for village in units.villages:
        population(village, str(QUARTER), 1)
        overseas(village, str(QUARTER))
    page = html_of(signed_in(leader), url(units.township))
    assert "没有逾期、落后或等待办理的事项" in page


# --- Returns ---------------------------------------------------------------------------------------------------


def cells(client: Client, address: str) -> dict[str, list[str]]:
    """unit → for each ledger its parts as they are written; a link of each status is opened."""
    board = client.get(address).context["board"]
    for status, address in {
        part.status: part.url for row in board.rows for parts in row.cells for part in parts
    }.items():
        assert client.get(address.partition("#")[0]).status_code == 200, status
    return {
        row.unit.name: [" ".join(f"{part.label}{part.count}" for part in parts) for parts in row.cells]
        for row in board.rows
    }


def test_the_board_shows_each_villages_return_and_counts_them_for_the_units_above(
    busy: Units, leader: User, clerk: User, account: AccountFactory, signed_in: SignIn
) -> None:
    missing = "逾期未报" if LATE else "未开始"
    empty = f"{missing}1"
    draft = "草稿1"
    assert cells(signed_in(leader), url(busy.township, QUARTER)) == {
        "上河村": ["已报送1", empty],
        "下河村": [draft, empty],
        "新桥村": [empty, empty],
    }
    assert cells(signed_in(clerk), url(busy.village, QUARTER)) == {"上河村": ["已报送1", empty]}
    county = signed_in(account(Role.LEADER, busy.county))
    below = ["逾期未报2 已报送1", "逾期未报3"] if LATE else ["未开始1 草稿1 已报送1", "未开始3"]
    assert cells(county, url(busy.county, QUARTER)) == {"东山镇": below, "西河镇": [empty, empty]}
    # A quarter that is not over yet is not due: the board is that of the one before.
    running = county.get(url(busy.county, Period.containing(TODAY, "quarter"))).context["board"]
    assert running.quarter == QUARTER


def test_the_board_is_narrowed_and_ordered_by_the_address(
    busy: Units, leader: User, signed_in: SignIn
) -> None:
    client = signed_in(leader)
    overseas(busy.village, str(QUARTER))
    overseas(busy.villages[1], str(QUARTER))
    population(busy.villages[2], str(QUARTER), 1)
    most_pressing = list(cells(client, url(busy.township, QUARTER, order="urgency")))
    assert most_pressing[-1] == "上河村"
    assert list(cells(client, url(busy.township, QUARTER, state="submitted"))) == ["上河村"]
    page = html_of(client, url(busy.township, QUARTER, state="returned"))
    assert "没有这种状态的季报" in page
    assert list(cells(client, url(busy.township, QUARTER, state="nonsense"))) == [
        "上河村",
        "下河村",
        "新桥村",
    ]


# --- Targets of the units below --------------------------------------------------------------------------------


def test_a_county_sees_which_townships_miss_targets_or_have_none(
    busy: Units, account: AccountFactory, signed_in: SignIn
) -> None:
    target(busy.township, "work.meetings", YEAR.year, "3")
    target(busy.township, "work.trainings", YEAR.year, "999")
    client = signed_in(account(Role.LEADER, busy.county))
    rows = client.get(url(busy.county)).context["targets_below"].rows
    assert [(row.unit.name, row.held, row.met) for row in rows] == [("西河镇", 0, 0), ("东山镇", 2, 1)]
    (behind,) = rows[1].behind
    assert behind.progress.text == "目标999次，已完成3次"
    assert client.get(behind.url).context["value"] == "3"
    target(busy.neighbour, "work.meetings", YEAR.year, "1")
    rows = client.get(url(busy.county)).context["targets_below"].rows
    assert [row.unit.name for row in rows] == ["东山镇"]
    assert not client.get(url(busy.township)).context["targets_below"]


# --- Scope, print, speed ---------------------------------------------------------------------------------------


def test_a_clerk_sees_the_own_village_only(busy: Units, clerk: User, signed_in: SignIn) -> None:
    client = signed_in(clerk)
    page = html_of(client, "/dashboard/")
    for other in (busy.county, busy.township, *busy.villages[1:], busy.neighbour, busy.neighbour_village):
        assert other.name not in page
        assert client.get(url(other)).status_code == 404


def test_the_short_sheet_has_its_head_and_no_details_and_the_long_one_all_of_them_unfolded(
    busy: Units, leader: User, signed_in: SignIn
) -> None:
    client = signed_in(leader)
    page = html_of(client, url(busy.township))
    for view in ("print", "print-all"):
        assert f'href="/dashboard/?unit={busy.township.code}&amp;period={YEAR}&amp;view={view}"' in page
        sheet = html_of(client, url(busy.township, view=view))
        assert f"东山镇，{YEAR.label}" in sheet
        assert "打印时间" in sheet
        assert 'class="sidebar' not in sheet
        assert 'class="topbar"' not in sheet
        # What the page leaves out when it is printed is what the short sheet has not got; the long one hides nothing.
        assert "print-detail" not in sheet
    assert page.count("print-detail") == sheet.count("<details") + page.count("family-grid ")
    assert sheet.count("<details") == sheet.count("open>") > 6
    # The same numbers, with the same links.
    assert sorted(LINK.findall(sheet)) == sorted(LINK.findall(page))
    short = html_of(client, url(busy.township, view="print"))
    assert "<details" not in short
    assert "下级单位" not in short
    assert short.count('class="stat"') == page.count('class="stat"') > 6
    assert short.count('class="trend"') == page.count('class="trend"') > 6


def test_the_period_is_switched_by_links(busy: Units, leader: User, signed_in: SignIn) -> None:
    client = signed_in(leader)
    for shown, quarter, half in (("2024", "2024Q4", "2024H2"), ("2023H1", "2023Q2", "2023H1")):
        page = html_of(client, url(busy.township, shown))
        for other in (quarter, half, shown[:4], Period.parse(shown).previous, Period.parse(shown).next):
            assert f'period={other}"' in page
    running = html_of(client, url(busy.township, YEAR))
    assert f'period={Period.containing(TODAY, "quarter")}"' in running
    assert f'period={YEAR.next}"' not in running


@pytest.mark.parametrize("level", ["township", "county"])
def test_the_page_asks_as_often_for_twenty_units_as_for_few(
    busy: Units, account: AccountFactory, signed_in: SignIn, level: str
) -> None:
    unit: OrgUnit = getattr(busy, level)
    client = signed_in(account(Role.LEADER, unit))
    target(busy.township, "work.briefs", YEAR.year, "3", cadence="month")
    ask = partial(client.get, url(unit))
    ask()
    before = queries(ask)
    for number in range(18):
        below = OrgUnit.Level.VILLAGE if level == "township" else OrgUnit.Level.TOWNSHIP
        parent = OrgUnit.objects.get(pk=unit.pk)
        new = OrgUnit.objects.create_under(
            parent, code=f"3302819{number:02}000", name=f"新{number}", level=below
        )
        activity(new, f"{YEAR.year}-01-03")
        if level == "county":
            target(new, "work.briefs", YEAR.year, "3", cadence="month")
        else:
            population(new, str(QUARTER), 3)
    assert queries(ask) == before


@pytest.mark.each_database
def test_what_took_long_is_remembered_until_a_record_changes(
    units: Units, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FIGURES_KEPT_SECONDS = 300
    monkeypatch.setattr(remembered, "SLOW_SECONDS", 0)
    period, unit = Period.parse("2025"), units.township

    def meetings() -> int | None:
        value = (
            Remembered()
            .compute(["work.meetings", "work.briefs"], [unit], [period])["work.meetings", unit.pk, period]
            .value
        )
        return None if value is None else int(value)

    first = activity(units.village, "2025-01-01")
    assert meetings() == 1
    # One query for the states of the histories and of the tree; none for the figures.
    assert queries(meetings) == 1
    second = activity(units.villages[1], "2025-01-02")
    assert meetings() == 2
    first.held_on = dt.date(2024, 1, 1)
    first.save()
    assert meetings() == 1
    second.delete()
    assert meetings() == 0
    settings.FIGURES_KEPT_SECONDS = 0
    assert queries(meetings) == 2


@pytest.mark.each_database
def test_a_change_with_an_earlier_number_that_is_committed_later_is_seen(
    units: Units, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FIGURES_KEPT_SECONDS = 300
    monkeypatch.setattr(remembered, "SLOW_SECONDS", 0)
    period, unit = Period.parse("2025"), units.township

    def meetings() -> object:
        return (
            Remembered().compute(["work.meetings"], [unit], [period])["work.meetings", unit.pk, period].value
        )

    activity(units.villages[1], "2025-01-02")
    assert meetings() == 1
    # The other writer commits: its history row has a lower number than the one that is already there.
    Activity.objects.bulk_create(
        [Activity(unit=units.village, kind="meeting", title="迟到", held_on=dt.date(2025, 1, 1))]
    )
    late = Activity.objects.get(title="迟到")
    history: Any = Activity.history.model
    fields = {field.attname: getattr(late, field.attname) for field in Activity._meta.concrete_fields}
    earlier = history.objects.earliest("history_id").history_id - 1
    history.objects.create(**fields, history_id=earlier, history_date=timezone.now(), history_type="+")
    assert history.objects.order_by("-history_id").first().id != late.pk
    assert meetings() == 2
