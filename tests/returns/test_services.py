"""The steps of a return: who moves it where, what stands in the way, and what is written down."""

from __future__ import annotations

import datetime as dt

import pytest

from ledgers.models import User
from ledgers.returns import services
from ledgers.returns.models import Return
from ledgers.returns.rules import Outlier, Swing
from tests.conftest import Units
from tests.returns.factories import ACCEPTED, DRAFT, SUBMITTED, overseas, population

pytestmark = pytest.mark.each_database

State = Return.State


def test_the_whole_way_and_its_history(units: Units, clerk: User, officer: User) -> None:
    draft = population(units.village, "2025Q3", 10, 20, state=DRAFT)
    sent = services.submit(record=draft, user=clerk, version=1, today=dt.date(2025, 10, 9))
    assert (sent.state, sent.submitted_on, sent.submitted_by) == (
        State.SUBMITTED,
        dt.date(2025, 10, 9),
        clerk,
    )
    assert not sent.is_late
    back = services.send_back(record=sent, user=officer, version=2, reason="户籍人数请核对")
    assert (back.state, back.returned_reason) == (State.DRAFT, "户籍人数请核对")
    again = services.submit(record=back, user=clerk, version=3, today=dt.date(2025, 10, 20))
    # It came in time the first time.
    assert (again.submitted_on, again.returned_reason) == (dt.date(2025, 10, 9), "")
    done = services.accept(record=again, user=officer, version=4, today=dt.date(2025, 10, 21))
    assert (done.state, done.accepted_by) == (State.ACCEPTED, officer)
    opened = services.reopen(record=done, user=officer, version=5, reason="上级核查发现漏报")
    assert (opened.state, opened.accepted_on) == (State.DRAFT, None)
    rows = [(row.history_user, row.history_change_reason) for row in opened.history.order_by("history_id")]
    assert rows[1:] == [
        (clerk, "报送"),
        (officer, "退回：户籍人数请核对"),
        (clerk, "报送"),
        (officer, "审核通过"),
        (officer, "重新打开：上级核查发现漏报"),
    ]


@pytest.mark.parametrize("version", [0, 2])
def test_a_step_on_another_version_is_refused(version: int, units: Units, officer: User) -> None:
    record = population(units.village, "2025Q3", 1, state=SUBMITTED)
    with pytest.raises(services.StateConflict):
        services.accept(record=record, user=officer, version=version)
    record.refresh_from_db()
    assert (record.state, record.row_version, record.history.count()) == (SUBMITTED, 1, 1)


def test_a_step_from_the_wrong_state_is_refused(units: Units, officer: User) -> None:
    record = population(units.village, "2025Q3", 1)
    with pytest.raises(services.StateConflict):
        services.accept(record=record, user=officer, version=1)
    with pytest.raises(services.StateConflict):
        services.send_back(record=record, user=officer, version=1, reason="x")
    with pytest.raises(services.StateConflict):
        services.submit(record=record, user=officer, version=1)


@pytest.mark.parametrize("reason", ["", "  ", "联系张三13800138000", "字" * 301])
def test_a_reason_is_needed_and_names_nobody(reason: str, units: Units, officer: User) -> None:
    record = population(units.village, "2025Q3", 1, state=SUBMITTED)
    with pytest.raises(services.StepRefused):
        services.send_back(record=record, user=officer, version=1, reason=reason)
    record.refresh_from_db()
    assert record.state == SUBMITTED


def test_an_unusual_change_needs_an_explanation(units: Units, clerk: User) -> None:
    population(units.village, "2025Q2", 100, 100)
    record = population(units.village, "2025Q3", 100, 121, state=DRAFT)
    with pytest.raises(services.ExplanationMissing) as missing:
        services.submit(record=record, user=clerk, version=1)
    assert [finding.field for finding in missing.value.findings] == ["migrant"]
    assert "增加21%" in missing.value.findings[0].message
    record.explanation = "新建厂区投产"
    record.save()
    assert services.submit(record=record, user=clerk, version=1).state == SUBMITTED


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [(100, 120, False), (100, 121, True), (100, 80, False), (100, 79, True), (0, 1, True), (0, 0, False)],
)
def test_twenty_percent_is_still_ordinary(before: int, now: int, found: bool, units: Units) -> None:
    last = population(units.village, "2025Q2", before)
    record = population(units.village, "2025Q3", now, state=DRAFT)
    fields = [finding.field for finding in Swing(20).findings(record, [last])]
    assert ("registered" in fields) == found


def test_an_outlier_is_seen_although_no_single_step_is_large(units: Units) -> None:
    numbers = [100, 101, 99, 100, 102, 100]
    earlier = [
        population(units.village, f"{2024 + place // 4}Q{place % 4 + 1}", number)
        for place, number in enumerate(numbers)
    ]
    usual = population(units.village, "2025Q3", 104, state=DRAFT)
    assert not [finding for finding in Outlier().findings(usual, earlier) if finding.field == "registered"]
    usual.registered = 118
    assert [finding.field for finding in Outlier().findings(usual, earlier)] == ["registered"]
    assert [finding.field for finding in usual.remarkable()] == ["registered"]
    assert not list(Outlier().findings(usual, earlier[:3])), "three quarters are no history"


def test_what_cannot_be_is_never_submitted(units: Units, clerk: User) -> None:
    record = overseas(units.village, "2025Q3", state=DRAFT, returned_households=3, returned_persons=9)
    record.returned_persons = 2
    with pytest.raises(services.RulesBroken) as broken:
        services.submit(record=record, user=clerk, version=1)
    assert "归侨人数（2）不能少于归侨户数（3）" in str(broken.value)


def test_accepting_many_takes_the_good_ones_and_names_the_others(units: Units, officer: User) -> None:
    records = [population(village, "2025Q3", 1, state=SUBMITTED) for village in units.villages]
    outcome = services.accept_many(chosen=[(records[0], 1), (records[1], 7), (records[2], 1)], user=officer)
    assert [record.unit for record in outcome.done] == [units.villages[0], units.villages[2]]
    assert [record for record, _ in outcome.refused] == [records[1]]
    for record, state in zip(records, (ACCEPTED, SUBMITTED, ACCEPTED), strict=True):
        record.refresh_from_db()
        assert record.state == state


def test_a_return_is_late_by_its_first_submission(units: Units, settings: object) -> None:
    late = population(units.village, "2025Q3", 1, submitted_on=dt.date(2025, 10, 11))
    assert late.due_on == dt.date(2025, 10, 10)
    assert late.is_late
    settings.RETURN_DUE_DATES = {"2025Q3": dt.date(2025, 10, 15)}  # type: ignore[attr-defined]
    assert not late.is_late
