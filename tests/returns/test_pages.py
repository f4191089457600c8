"""The pages of returns as clerks, officers and leaders use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ethnicity.models import PopulationReturn
from ledgers.models import OrgUnit, User
from ledgers.returns import affected
from ledgers.returns.affected import AffectedReport
from ledgers.returns.deadlines import last_quarter
from ledgers.unsaved import CARRIED, MARK
from tests.conftest import Units
from tests.core.test_views import hidden
from tests.returns.factories import ACCEPTED, DRAFT, SUBMITTED, population

SignIn = Callable[[User], Client]
LATEST = last_quarter()
BEFORE = LATEST.previous


def url(name: str, pk: int | None = None) -> str:
    return reverse(f"population-returns:{name}", kwargs={"pk": pk} if pk else None)


def filled(village: OrgUnit, **changes: Any) -> dict[str, Any]:
    return {
        "unit": village.pk,
        "period": str(LATEST),
        "residents": 1000,
        "registered": 10,
        "migrant": 20,
        "explanation": "",
        **changes,
    }


def test_the_form_comes_with_last_quarters_figures_and_never_with_zeros_of_its_own(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    client = signed_in(clerk)
    form = client.get(url("create")).context["form"]
    assert [form[name].value() for name in PopulationReturn.figures] == [None, None, None]
    population(units.village, str(BEFORE), 12, 34, residents=1200)
    response = client.get(url("create"))
    form = response.context["form"]
    assert (form["unit"].value(), form["period"].value()) == (units.village.pk, str(LATEST))
    assert [form[name].value() for name in PopulationReturn.figures] == [1200, 12, 34]
    page = response.content.decode()
    assert 'data-before="34"' in page
    assert f"已带出{BEFORE.label}的数字" in page


def test_save_is_a_draft_and_save_and_submit_hands_in(signed_in: SignIn, clerk: User, units: Units) -> None:
    client = signed_in(clerk)
    nonce = hidden(client.get(url("create")), "nonce")
    client.post(url("create"), {**filled(units.village), "nonce": nonce})
    record = PopulationReturn.objects.get()
    assert record.state == DRAFT
    edit = url("edit", record.pk)
    version = hidden(client.get(edit), "row_version")
    client.post(edit, {**filled(units.village, migrant=21), "row_version": version, "_submit": "1"})
    record.refresh_from_db()
    assert (record.state, record.migrant, record.submitted_by) == (SUBMITTED, 21, clerk)


def test_an_unexplained_change_is_asked_about_before_anything_is_saved(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    population(units.village, str(BEFORE), 10, 20, residents=1000)
    client = signed_in(clerk)
    nonce = hidden(client.get(url("create")), "nonce")
    data = {**filled(units.village, migrant=60), "nonce": nonce, "_submit": "1"}
    response = client.post(url("create"), data)
    assert response.status_code == 422
    assert "由" in response.context["form"].errors["explanation"][0]
    assert PopulationReturn.objects.count() == 1
    assert client.post(url("create"), {**data, "explanation": "新厂投产"}).status_code == 302
    assert PopulationReturn.objects.get(period=str(LATEST)).state == SUBMITTED


def test_a_blank_number_is_not_zero_and_a_whole_smaller_than_its_parts_is_told_at_its_field(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    client = signed_in(clerk)
    nonce = hidden(client.get(url("create")), "nonce")
    response = client.post(url("create"), {**filled(units.village, migrant=""), "nonce": nonce})
    assert "确实没有的填0" in response.context["form"].errors["migrant"][0]
    response = client.post(url("create"), {**filled(units.village, residents=29), "nonce": nonce})
    assert "少于" in response.context["form"].errors["residents"][0]
    assert not PopulationReturn.objects.exists()


def test_a_second_return_for_the_same_quarter_is_refused_in_words(
    signed_in: SignIn, clerk: User, units: Units
) -> None:
    population(units.village, str(LATEST), 1)
    client = signed_in(clerk)
    nonce = hidden(client.get(url("create")), "nonce")
    response = client.post(url("create"), {**filled(units.village), "nonce": nonce})
    assert response.status_code == 422
    assert "已经有了" in response.content.decode()


def test_an_accepted_return_is_locked_for_everybody(
    signed_in: SignIn, clerk: User, officer: User, units: Units
) -> None:
    record = population(units.village, str(LATEST), 10, 20)
    for user in (clerk, officer):
        client = signed_in(user)
        page = client.get(url("edit", record.pk))
        assert page.status_code == 200
        assert "已审核锁定" in page.content.decode()
        data = {**filled(units.village, migrant=99), "row_version": record.row_version}
        assert client.post(url("edit", record.pk), data).status_code == 409
        assert client.post(url("delete", record.pk)).status_code == 409
    record.refresh_from_db()
    assert record.migrant == 20


def test_a_submitted_return_waits_and_is_not_edited(signed_in: SignIn, clerk: User, units: Units) -> None:
    record = population(units.village, str(LATEST), 10, 20, state=SUBMITTED)
    client = signed_in(clerk)
    assert "要改请联系乡镇统战干事退回" in client.get(record.get_absolute_url()).content.decode()
    response = client.post(url("edit", record.pk), filled(units.village))
    assert response.status_code == 409
    assert "等待审核" in response.content.decode()


@pytest.mark.parametrize("step", ["accept", "send-back", "reopen"])
def test_a_clerk_does_not_review_and_a_neighbour_does_not_see(
    step: str, signed_in: SignIn, clerk: User, leader: User, neighbour_officer: User, units: Units
) -> None:
    record = population(units.village, str(LATEST), 1, state=SUBMITTED)
    data = {"row_version": 1, "reason": "核对"}
    assert signed_in(clerk).post(url(step, record.pk), data).status_code == 403
    assert signed_in(leader).post(url(step, record.pk), data).status_code == 403
    assert "要改请联系" not in signed_in(leader).get(record.get_absolute_url()).content.decode()
    assert signed_in(neighbour_officer).post(url(step, record.pk), data).status_code == 404
    record.refresh_from_db()
    assert record.state == SUBMITTED


def test_steps_are_posts(signed_in: SignIn, officer: User, units: Units) -> None:
    record = population(units.village, str(LATEST), 1, state=SUBMITTED)
    for step in ("submit", "accept", "send-back"):
        assert signed_in(officer).get(url(step, record.pk)).status_code == 405


def test_officer_sends_back_the_clerk_corrects_and_the_officer_accepts(
    signed_in: SignIn, clerk: User, officer: User, units: Units
) -> None:
    record = population(units.village, str(LATEST), 10, 20, state=SUBMITTED)
    office, village = signed_in(officer), signed_in(clerk)
    office.post(url("send-back", record.pk), {"row_version": 1, "reason": "流动人口漏报"})
    assert "流动人口漏报" in village.get(reverse("home")).content.decode()
    assert "退回原因：流动人口漏报" in village.get(url("detail", record.pk)).content.decode()
    edit = url("edit", record.pk)
    page = village.get(edit)
    assert "流动人口漏报" in page.content.decode()
    version = hidden(page, "row_version")
    village.post(edit, {**filled(units.village, migrant=25), "row_version": version, "_submit": "1"})
    record.refresh_from_db()
    office.post(url("accept", record.pk), {"row_version": record.row_version})
    record.refresh_from_db()
    assert (record.state, record.migrant, record.returned_reason) == (ACCEPTED, 25, "")


def test_a_reason_with_a_character_that_no_database_takes_is_kept_without_it(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    record = population(units.village, str(LATEST), 10, 20, state=SUBMITTED)
    client = signed_in(officer)
    client.post(url("send-back", record.pk), {"row_version": 1, "reason": "\0"})
    record.refresh_from_db()
    assert record.state == SUBMITTED
    client.post(url("send-back", record.pk), {"row_version": 1, "reason": "漏\0报"})
    record.refresh_from_db()
    assert record.returned_reason == "漏报"


def test_accepting_a_version_that_was_changed_meanwhile_is_refused_in_words(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    record = population(units.village, str(LATEST), 1, state=SUBMITTED)
    response = signed_in(officer).post(url("accept", record.pk), {"row_version": 9}, follow=True)
    assert "已被他人处理或修改过" in response.content.decode()
    record.refresh_from_db()
    assert record.state == SUBMITTED


def test_reopening_lists_the_final_reports_it_affects(
    signed_in: SignIn, officer: User, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = population(units.village, str(LATEST), 1)
    monkeypatch.setattr(
        affected,
        "_sources",
        [lambda unit, period: [AffectedReport(f"{unit}{period}年度总结", "/reports/1/")]],
    )
    client = signed_in(officer)
    page = client.get(url("reopen", record.pk)).content.decode()
    assert f"上河村{LATEST}年度总结" in page
    client.post(url("reopen", record.pk), {"row_version": 1, "reason": "漏报"})
    record.refresh_from_db()
    assert (record.state, record.returned_reason) == (DRAFT, "漏报")


def test_many_are_accepted_at_once_within_reach_only(
    signed_in: SignIn, officer: User, clerk: User, units: Units
) -> None:
    mine = [population(village, str(LATEST), 1, state=SUBMITTED) for village in units.villages]
    theirs = population(units.neighbour_village, str(LATEST), 1, state=SUBMITTED)
    client = signed_in(officer)
    assert len(client.get(url("review")).context["rows"]) == 3
    chosen = [f"{record.pk}:1" for record in mine]
    assert client.post(url("review"), {"chosen": [*chosen, f"{theirs.pk}:1"]}).status_code == 404
    assert not PopulationReturn.objects.filter(state=ACCEPTED).exists()
    assert signed_in(clerk).post(url("review"), {"chosen": chosen[:1]}).status_code == 403
    client.post(url("review"), {"chosen": [*chosen[:2], "nonsense", f"{mine[2].pk}:5"]})
    assert set(PopulationReturn.objects.filter(state=ACCEPTED)) == set(mine[:2])


def test_ticks_are_there_again_after_an_expired_session_and_nothing_is_accepted(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    mine = [population(village, str(LATEST), 1, state=SUBMITTED) for village in units.villages]
    page = signed_in(officer).get(url("review"))
    assert [row["is_chosen"] for row in page.context["rows"]] == [True, True, True]
    sent = {MARK: hidden(page, MARK), "chosen": [f"{mine[1].pk}:1", f"{mine[2].pk}:9"]}
    refused = Client().post(url("review"), sent)
    back = signed_in(officer).post(url("review"), {CARRIED: hidden(refused, CARRIED)})
    # One that was changed meanwhile has to be looked at again.
    assert {row["record"] for row in back.context["rows"] if row["is_chosen"]} == {mine[1]}
    assert "还没有保存" in back.content.decode()
    assert not PopulationReturn.objects.filter(state=ACCEPTED).exists()


def test_the_review_page_asks_as_often_for_many_as_for_few(
    signed_in: SignIn, officer: User, units: Units, django_assert_max_num_queries: Any
) -> None:
    population(units.villages[0], str(LATEST), 1, state=SUBMITTED)
    client = signed_in(officer)
    client.get(url("review"))
    for village in units.villages:
        population(village, str(BEFORE), 5)
    for village in units.villages[1:]:
        population(village, str(LATEST), 1, state=SUBMITTED)
    with django_assert_max_num_queries(9):
        response = client.get(url("review"))
    assert all(row["findings"] for row in response.context["rows"])


def board(client: Client, year: int = LATEST.year) -> dict[str, dict[str, str]]:
    """village → quarter → what the board says"""
    found = client.get(url("board"), {"year": year}).context["board"]
    return {
        row.unit.name: {
            str(quarter): " ".join([cell.label, *(mark for mark, _ in cell.marks)])
            for quarter, cell in zip(found.quarters, row.cells, strict=True)
        }
        for row in found.rows
    }


def test_the_board_tells_not_started_from_zero_and_late_from_in_time(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    first, second, third = units.villages
    population(first, "2025Q1", 3, 4)
    population(first, "2025Q2", 3, 4, submitted_on=dt.date(2025, 7, 11))
    population(second, "2025Q1", 0, 0, residents=0, state=SUBMITTED)
    population(second, "2025Q2", 5, 5, state=DRAFT)
    population(third, "2025Q1", 5, 5, state=DRAFT, submitted_on=dt.date(2025, 4, 1), returned_reason="核对")
    said = board(signed_in(officer), 2025)
    assert said["上河村"] == {
        "2025Q1": "已审核",
        "2025Q2": "已审核 迟报",
        "2025Q3": "逾期未报",
        "2025Q4": "逾期未报",
    }
    assert said["下河村"]["2025Q1"] == "已报送 全为0"
    assert said["下河村"]["2025Q2"] == "草稿 逾期"
    assert said["新桥村"]["2025Q1"] == "已退回"
    coverage = signed_in(officer).get(url("board"), {"year": 2025}).context["coverage"]
    assert "应报3个村（社区），已报2个，已审核1个；新桥村1个未报" in coverage[0].text


def test_the_board_knows_quarters_ahead_and_closed_villages(
    signed_in: SignIn, officer: User, clerk: User, units: Units
) -> None:
    units.villages[2].closed_on = dt.date(2025, 5, 1)
    units.villages[2].save()
    said = board(signed_in(officer), 2025)
    assert said["新桥村"] == {"2025Q1": "逾期未报", "2025Q2": "—", "2025Q3": "—", "2025Q4": "—"}
    assert set(board(signed_in(officer), LATEST.year + 5)["上河村"].values()) == {"未到期"}
    assert list(board(signed_in(clerk))) == ["上河村"]


def test_home_reminds_the_clerk_and_the_officer(
    signed_in: SignIn, clerk: User, officer: User, units: Units
) -> None:
    reminders = signed_in(clerk).get(reverse("home")).context["reminders"]
    assert [f"{LATEST.label}人口季报还没有填报" in each.text for each in reminders].count(True) == 1
    population(units.village, str(LATEST), 1, state=SUBMITTED)
    reminders = signed_in(clerk).get(reverse("home")).context["reminders"]
    assert not any("人口季报" in each.text for each in reminders)
    texts = [each.text for each in signed_in(officer).get(reverse("home")).context["reminders"]]
    assert "人口季报有1张等待审核。" in texts
    assert any("人口季报还有2个村（社区）未报" in text for text in texts)


def test_a_return_belongs_to_a_village(signed_in: SignIn, officer: User, units: Units) -> None:
    client = signed_in(officer)
    nonce = hidden(client.get(url("create")), "nonce")
    response = client.post(url("create"), {**filled(units.township), "nonce": nonce})
    assert response.status_code == 422
    assert not PopulationReturn.objects.exists()
