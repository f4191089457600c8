"""The definitions of the office's own figures, against records made by hand, at the edges of periods."""

from decimal import Decimal

import pytest

from ledgers.computing import figures
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.work.models import Activity
from tests.conftest import Units
from tests.families import factories as make

pytestmark = pytest.mark.each_database

Q1, Q2 = Period.parse("2025Q1"), Period.parse("2025Q2")


def value(unit: OrgUnit, code: str, period: str) -> int | Decimal | None:
    return figures(unit, Period.parse(period), [code])[code].value


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Activity.Kind.MEETING, "work.meetings"),
        (Activity.Kind.STUDY, "work.study_sessions"),
        (Activity.Kind.TRAINING, "work.trainings"),
        (Activity.Kind.PUBLICITY, "work.publicity"),
        (Activity.Kind.VISIT, "work.visits"),
        (Activity.Kind.EXCHANGE, "work.exchanges"),
    ],
)
def test_a_kind_of_activity_is_counted_in_the_period_it_was_held_in(
    kind: str, code: str, units: Units
) -> None:
    for held_on in ("2024-12-31", "2025-01-01", "2025-03-31", "2025-04-01"):
        make.activity(units.village, held_on, kind)
    for other in Activity.Kind:
        if other != kind:
            make.activity(units.village, "2025-02-01", other)
    assert value(units.village, code, "2025Q1") == 2
    assert value(units.village, code, "2025Q2") == 1
    assert value(units.village, code, "2025") == 3
    assert value(units.village, code, "2024") == 1


@pytest.mark.parametrize("name", ["banners", "slogans", "leaflets", "posts"])
def test_materials_are_summed_over_activities_of_every_kind(name: str, units: Units) -> None:
    make.activity(units.village, "2025-01-01", "publicity", **{name: 13})
    make.activity(units.villages[1], "2025-06-30", "visit", **{name: 7})
    make.activity(units.township, "2025-07-01", "visit", **{name: 100})
    make.activity(units.neighbour_village, "2025-03-01", "publicity", **{name: 1000})
    make.activity(units.village, "2025-03-01", "publicity")
    assert value(units.township, f"work.{name}", "2025H1") == 20
    assert value(units.village, f"work.{name}", "2025H1") == 13
    behind = figures(units.township, Period.parse("2025H1"), [f"work.{name}"])[f"work.{name}"]
    assert behind.records == 2  # an activity without any is not evidence for the figure


def test_people_trained_are_those_at_trainings_only(units: Units) -> None:
    make.activity(units.township, "2025-05-01", "training", attendance=46)
    make.activity(units.township, "2025-05-02", "training", attendance=30)
    make.activity(units.township, "2025-05-03", "skills", attendance=500)
    assert value(units.township, "work.people_trained", "2025Q2") == 76


def test_briefs_in_all_and_by_kind(units: Units) -> None:
    for kind, days in {"dynamic": ("2025-01-01", "2025-03-31"), "experience": ("2025-02-01",)}.items():
        for sent_on in days:
            make.brief(units.township, sent_on, kind)
    make.brief(units.township, "2025-04-01", "special")
    codes = ["work.briefs", "work.briefs_dynamic", "work.briefs_experience", "work.briefs_special"]
    assert [value(units.township, code, "2025Q1") for code in codes] == [3, 2, 1, 0]
    assert [value(units.township, code, "2025") for code in codes] == [4, 2, 1, 1]


def test_a_brief_is_adopted_when_it_is_adopted_not_when_it_was_sent(units: Units) -> None:
    make.brief(units.township, "2025-03-20", adopted_by="市委统战部", adopted_on="2025-04-02")
    make.brief(units.township, "2025-03-20", adopted_by="市委统战部")  # on an unknown day
    make.brief(units.township, "2025-03-20")
    assert value(units.township, "work.briefs_adopted", "2025Q1") == 1
    assert value(units.township, "work.briefs_adopted", "2025Q2") == 1


def test_findings_found_done_and_due_by_the_end_of_the_period(units: Units) -> None:
    unit = units.township
    make.rectification(unit, "2025-01-10", "2025-03-31")  # due on the last day, never done
    make.rectification(unit, "2025-01-10", "2025-04-01")  # not due yet
    make.rectification(unit, "2025-01-10", "2025-02-10", done_on="2025-03-31")  # late, but done in time
    make.rectification(unit, "2025-01-10", "2025-02-10", done_on="2025-04-01")  # done in the next quarter
    make.rectification(unit, "2024-11-01", "2024-12-01")  # left over from the year before
    assert value(unit, "work.findings", "2025Q1") == 4
    assert value(unit, "work.findings_done", "2025Q1") == 1
    assert value(unit, "work.findings_overdue", "2025Q1") == 3
    assert value(unit, "work.findings_done", "2025Q2") == 1
    assert value(unit, "work.findings_overdue", "2025Q2") == 3
    assert value(unit, "work.findings_overdue", "2024") == 1


def test_funds_received_and_what_was_spent_of_them(units: Units) -> None:
    make.fund(units.township, "2025-01-01", "5.5", "2.25")
    make.fund(units.village, "2025-12-31", "0.0001", "0.0001")
    make.fund(units.township, "2026-01-01", "100", "100")
    assert value(units.township, "work.funds_received", "2025") == Decimal("5.5001")
    assert value(units.township, "work.funds_spent", "2025") == Decimal("2.2501")


def test_villages_with_a_running_liaison_group_are_counted_once(units: Units) -> None:
    first, second, third = units.villages
    make.liaison_group(first, "2024-05-01")
    make.liaison_group(first, "2024-06-01", name="第二小组")
    make.liaison_group(second, "2025-06-30")
    make.liaison_group(third, "2023-01-01", ended_on="2025-06-30")
    make.liaison_group(units.township, "2023-01-01")
    assert value(units.township, "work.liaison_villages", "2025Q1") == 2
    assert value(units.township, "work.liaison_villages", "2025H1") == 2
    assert value(units.township, "work.liaison_villages", "2024") == 2


def test_comparisons_come_with_the_figure(units: Units) -> None:
    for held_on in ("2025-04-01", "2025-01-01", "2025-02-01", "2024-05-01"):
        make.activity(units.village, held_on, "meeting")
    figure = figures(units.township, Q2, ["work.meetings"])["work.meetings"]
    assert (figure.value, figure.previous, figure.same_period_last_year) == (1, 2, 1)
    assert figures(units.township, Q1, ["work.meetings"])["work.meetings"].same_period_last_year == 0
