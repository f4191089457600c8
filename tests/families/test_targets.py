"""What a target asks for in a period, and the usual targets."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.computing import figures
from ledgers.goals import ALL, Cadence, Goal, usual_target, usual_targets
from ledgers.indicators import indicators
from ledgers.models import User
from ledgers.periods import Period
from ledgers.work.forms import TargetForm
from ledgers.work.models import Target
from ledgers.work.targets import seed_default_targets
from tests.conftest import Units
from tests.families import factories as make
from tests.families.test_religion_ledgers import venue, visit

pytestmark = pytest.mark.each_database

YEAR = Period.parse("2025")


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
def test_expected(cadence: Cadence, period: str, expected: int | None) -> None:
    assert Goal(2025, Decimal(3), cadence).expected(Period.parse(period)) == expected


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
    assert indicators.targets(units.township, YEAR, ["work.meetings"]) == {"work.meetings": 2}


def test_the_usual_targets_name_declared_indicators() -> None:
    for usual in usual_targets():
        chosen = indicators.get(usual.indicator)
        assert usual.value != ALL or chosen.part_of in indicators
        assert usual.cadence == "year" or chosen.adds_up


def test_an_indicator_has_one_usual_target() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"work\.meetings"):
        usual_target("work.meetings", 3, "year", source_clause="")


def test_the_usual_targets_are_added_once_and_never_overwrite(units: Units, officer: User) -> None:
    mine = make.target(units.township, "work.meetings", 2025, "6")
    added = seed_default_targets(units.township, 2025, user=officer)
    assert {target.indicator for target in added} == {
        "work.trainings",
        "work.briefs",
        "work.briefs_experience_made_up",
        "religion.venues_visited_3",
    }
    assert not seed_default_targets(units.township, 2025, user=officer)
    assert Target.objects.get(pk=mine.pk).value == 6
    assert Target.objects.count() == 5
    row = Target.history.get(indicator="work.trainings")
    assert (row.history_type, row.history_user) == ("+", officer)
    values = {
        target.indicator: f"{'all' if target.whole else int(target.value or 0)} a {target.cadence}"
        for target in Target.objects.all()
    }
    assert values["work.trainings"] == "4 a year"
    assert values["work.briefs"] == "3 a month"
    assert values["work.briefs_experience_made_up"] == "1 a quarter"
    assert values["religion.venues_visited_3"] == "all a year"


def test_the_officer_adds_the_usual_targets_from_the_list(client: Client, officer: User, clerk: User) -> None:
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "添加常用目标" in client.get("/ledgers/targets/").content.decode()
    assert client.get("/ledgers/targets/usual/").status_code == 405
    assert client.post("/ledgers/targets/usual/").status_code == 302
    assert "添加常用目标" not in client.get("/ledgers/targets/").content.decode()
    assert Target.objects.filter(unit=officer.unit).count() == len(usual_targets())
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


# --- All there are ---------------------------------------------------------------------------------------------


def all_venues_visited(units: Units) -> Target:
    return Target.objects.create(
        unit=units.township, indicator="religion.venues_visited_3", year=2025, whole=True
    )


def test_a_target_of_all_follows_the_number_there_are(units: Units) -> None:
    all_venues_visited(units)
    code = "religion.venues_visited_3"

    def state() -> tuple[object, object]:
        figure = figures(units.township, YEAR, [code])[code]
        return figure.value, figure.target

    # Without venues nothing is asked for.
    assert state() == (0, None)
    first, second = (venue(units.villages[number], number) for number in range(2))
    venue(units.neighbour_village, 9)
    for month in range(1, 4):
        visit(first, f"2025-0{month}-01")
        visit(second, f"2025-0{month}-01")
    assert state() == (2, 2)
    # One that closed before the end of the year is neither asked for nor counted.
    second.closed_on = dt.date(2025, 12, 1)
    second.save()
    assert state() == (1, 1)
    venue(units.village, 3, opened_on=dt.date(2025, 11, 1))
    assert state() == (1, 2)


def test_a_target_of_all_costs_one_query_more(units: Units) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            indicators.goals(units.township, YEAR, ["religion.venues_visited_3", "work.briefs"])
        return len(captured)

    make.target(units.township, "work.briefs", 2025, "3", "month")
    before = queries()
    all_venues_visited(units)
    assert queries() == before + 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"indicator": "religion.venues_visited_3", "value": "", "whole": "on"}, None),
        ({"indicator": "religion.venues_visited_3", "value": "5"}, None),
        ({"indicator": "work.briefs_experience_made_up", "value": "1", "cadence": "quarter"}, None),
        ({"indicator": "work.meetings", "value": "", "whole": "on"}, "whole"),
        ({"indicator": "religion.venues_visited_3", "value": "5", "whole": "on"}, "value"),
        ({"indicator": "work.meetings", "value": ""}, "value"),
        ({"indicator": "work.meetings", "value": "0"}, "value"),
        ({"indicator": "work.meetings", "value": "1.5"}, "value"),
        # As at a day, or counted once in the whole: a year's figure is not the sum of its months'.
        ({"indicator": "nonpublic.enterprises", "value": "5", "cadence": "month"}, "cadence"),
        ({"indicator": "religion.venues_inspected", "value": "5", "cadence": "quarter"}, "cadence"),
    ],
)
def test_what_the_form_takes_and_what_it_asks_again(
    units: Units, officer: User, fields: dict[str, str], wrong: str | None
) -> None:
    blank = TargetForm(user=officer)
    data = {"unit": units.township.pk, "year": "2025", "cadence": "year", "nonce": blank["nonce"].value()}
    errors = TargetForm({**data, **fields}, user=officer).errors
    assert ([] if wrong is None else [wrong]) == [name if name != "__all__" else "value" for name in errors]


def test_the_database_wants_a_value_or_all(units: Units) -> None:
    for fields in ({"value": None, "whole": False}, {"value": Decimal(2), "whole": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Target.objects.create(
                unit=units.township, indicator="religion.venues_visited_3", year=2025, **fields
            )


def test_the_list_says_all_in_place_of_a_number(client: Client, units: Units, officer: User) -> None:
    all_venues_visited(units)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "全部" in client.get("/ledgers/targets/").content.decode().partition("<tbody")[2]


# --- An experience brief, or two special ones ------------------------------------------------------------------


def test_two_special_briefs_of_one_quarter_stand_for_an_experience_brief(units: Units) -> None:
    code = "work.briefs_experience_made_up"

    def value(period: str, unit: object = units.township) -> object:
        return figures(unit, Period.parse(period), [code])[code].value  # type: ignore[arg-type]

    assert value("2025") == 0
    make.brief(units.township, "2025-01-05", "dynamic")
    make.brief(units.village, "2025-01-05", "special")
    assert value("2025Q1") == 0
    # From two villages of the township: the township has sent two.
    make.brief(units.villages[1], "2025-03-31", "special")
    assert (value("2025Q1"), value("2025Q1", units.village)) == (1, 0)
    # What is left over of one quarter does not help the next.
    make.brief(units.township, "2025-06-01", "special", title="四月剩下的一篇")
    make.brief(units.township, "2025-07-01", "special")
    make.brief(units.township, "2025-07-02", "experience")
    assert [value(f"2025Q{number}") for number in range(1, 5)] == [1, 0, 1, 0]
    assert (value("2025H1"), value("2025H2"), value("2025")) == (1, 1, 2)
    assert value("2024") == value("2026") == 0
