"""What a target asks for in a period, and the usual targets."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from ledgers.indicators import figures, indicators
from ledgers.models import User
from ledgers.periods import Period
from ledgers.work.models import Target
from ledgers.work.targets import USUAL_TARGETS, expected_values, seed_default_targets
from tests.conftest import Units
from tests.families import factories as make


@pytest.mark.parametrize(
    ("cadence", "period", "expected"),
    [
        ("month", "2025Q3", 9),
        ("month", "2025H1", 18),
        ("month", "2025", 36),
        ("quarter", "2025Q3", 3),
        ("quarter", "2025H2", 6),
        ("quarter", "2025", 12),
        ("year", "2025", 3),
        ("year", "2025H1", None),
        ("year", "2025Q4", None),
        ("month", "2024", None),
        ("quarter", "2026Q1", None),
        ("year", "2026", None),
    ],
)
def test_expected(cadence: str, period: str, expected: int | None) -> None:
    target = Target(indicator="work.briefs", year=2025, value=Decimal(3), cadence=cadence)
    assert target.expected(Period.parse(period)) == expected


def test_figures_carry_the_target_of_the_unit_itself(units: Units) -> None:
    make.target(units.township, "work.briefs", 2025, "3", "month")
    make.target(units.neighbour, "work.briefs", 2025, "99", "month")
    period = Period.parse("2025Q1")
    assert figures(units.township, period, ["work.briefs"])["work.briefs"].target == 9
    assert figures(units.village, period, ["work.briefs"])["work.briefs"].target is None
    assert figures(units.county, period, ["work.briefs"])["work.briefs"].target is None
    assert figures(units.township, Period.parse("2026Q1"), ["work.briefs"])["work.briefs"].target is None


def test_only_the_codes_asked_for_are_answered(units: Units) -> None:
    make.target(units.township, "work.briefs", 2025, "3", "month")
    make.target(units.township, "work.meetings", 2025, "2")
    period = Period.parse("2025")
    assert expected_values(units.township, period, ["work.meetings"]) == {"work.meetings": 2}


def test_the_usual_targets_name_declared_indicators() -> None:
    assert [usual.indicator for usual in USUAL_TARGETS if usual.indicator not in indicators] == []


def test_the_usual_targets_are_added_once_and_never_overwrite(units: Units, officer: User) -> None:
    mine = make.target(units.township, "work.meetings", 2025, "6")
    added = seed_default_targets(units.township, 2025, user=officer)
    assert {target.indicator for target in added} == {
        "work.trainings",
        "work.briefs",
        "work.briefs_experience",
    }
    assert not seed_default_targets(units.township, 2025, user=officer)
    assert Target.objects.get(pk=mine.pk).value == 6
    assert Target.objects.count() == 4
    row = Target.history.get(indicator="work.trainings")
    assert (row.history_type, row.history_user) == ("+", officer)
    values = {target.indicator: f"{target.value:.0f} a {target.cadence}" for target in Target.objects.all()}
    assert values["work.trainings"] == "4 a year"
    assert values["work.briefs"] == "3 a month"
    assert values["work.briefs_experience"] == "1 a quarter"


def test_the_officer_adds_the_usual_targets_from_the_list(client: Client, officer: User, clerk: User) -> None:
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "添加常用目标" in client.get("/ledgers/targets/").content.decode()
    assert client.get("/ledgers/targets/usual/").status_code == 405
    assert client.post("/ledgers/targets/usual/").status_code == 302
    assert "添加常用目标" not in client.get("/ledgers/targets/").content.decode()
    assert Target.objects.filter(unit=officer.unit).count() == len(USUAL_TARGETS)
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/ledgers/targets/usual/").status_code == 403


def test_a_target_for_an_unknown_indicator_is_not_valid(units: Units) -> None:
    target = Target(unit=units.township, indicator="work.nothing", year=2025, value=Decimal(1))
    with pytest.raises(ValidationError) as refused:
        target.full_clean()
    assert list(refused.value.message_dict) == ["indicator"]


def test_a_target_reads_as_its_indicator() -> None:
    target = Target(indicator="work.meetings", year=2025, value=Decimal(2))
    assert str(target) == "2025年专题研究（次）"
