"""The figures of ethnic affairs, and published ones reproduced from records entered the ordinary ways."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ethnicity.groups import FURTHER, GROUPS, HAN, MINORITIES
from ethnicity.models import EthnicComposition, PopulationReturn, SupportProject, UnitySite
from ledgers.computing import breakdown, figures, series
from ledgers.indicators import indicators
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from tests.conftest import Units
from tests.core.test_views import hidden
from tests.families import factories as make
from tests.returns.factories import DRAFT, SUBMITTED, population

pytestmark = pytest.mark.each_database

SignIn = Callable[[User], Client]


def value(unit: OrgUnit, code: str, period: str) -> Any:
    return figures(unit, Period.parse(period), [f"ethnicity.{code}"])[f"ethnicity.{code}"].value


def composition(unit: OrgUnit, period: str, **counts: tuple[int, int]) -> EthnicComposition:
    """composition(township, "2025Q3", g06=(5, 100)): groups by their codes."""
    record = EthnicComposition(unit=unit, period=period)
    rows = {code[1:]: EthnicComposition.row(numbers) for code, numbers in counts.items()}
    totals = tuple(sum(numbers[place] for numbers in counts.values()) for place in (0, 1))
    record.fill(rows, totals)
    record.save()
    return record


def test_the_standard_has_56_groups() -> None:
    assert list(GROUPS) == [f"{number:02}" for number in range(1, 57)]
    assert len(set(GROUPS.values())) == 56
    assert set(MINORITIES) == set(GROUPS) - {HAN} | set(FURTHER)


def test_minority_is_the_sum_of_registered_and_migrant(units: Units) -> None:
    population(units.village, "2025Q3", 3, 40, residents=800)
    population(units.villages[1], "2025Q3", 2, 0, residents=700, state=SUBMITTED)
    population(units.villages[2], "2025Q3", 900, 900, residents=9000, state=DRAFT)
    population(units.neighbour_village, "2025Q3", 7, 7)
    assert value(units.township, "minority_residents", "2025Q3") == 45
    assert value(units.township, "registered", "2025Q3") == 5
    assert value(units.township, "migrant", "2025") == 40
    assert value(units.township, "residents", "2025Q3") == 1500
    assert value(units.county, "minority_residents", "2025Q3") == 59


def test_a_share_of_nothing_is_not_zero(units: Units) -> None:
    assert value(units.township, "share", "2025Q3") is None
    population(units.village, "2025Q3", 0, 0, residents=0)
    assert value(units.township, "share", "2025Q3") is None
    # Who does not know the whole is left out of both.
    population(units.villages[1], "2025Q3", 50, 50, residents=None)
    population(units.villages[2], "2025Q3", 1, 2, residents=300)
    assert value(units.township, "share", "2025Q3") == Decimal("1.00")
    shares = breakdown(units.villages, Period.parse("2025Q3"), ["ethnicity.share"])
    assert [row["ethnicity.share"] for row in shares.values()] == [None, None, Decimal("1.00")]
    quarters = Period.parse("2025").quarters
    assert series(units.township, quarters, ["ethnicity.share"])["ethnicity.share"][:2] == [None, None]


def test_the_published_township_148_of_4939_is_three_percent(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    """7 villages, 4939 residents, 148 of them of 10 minority groups. The text called that 0.33%."""
    more = [
        OrgUnit.objects.create_under(
            units.township, code=f"33028110130{number}", name=f"示例{number}村", level=OrgUnit.Level.VILLAGE
        )
        for number in range(4)
    ]
    villages = [*units.villages, *more]
    residents = [705, 705, 705, 705, 706, 706, 707]
    registered = [10, 11, 12, 8, 9, 10, 8]
    migrant = [10, 12, 11, 9, 13, 12, 13]
    for place, village in enumerate(villages):
        population(village, "2025Q3", registered[place], migrant[place], residents=residents[place])
    assert value(units.township, "residents", "2025Q3") == 4939
    assert value(units.township, "minority_residents", "2025Q3") == 148
    assert value(units.township, "share", "2025Q3") == Decimal("3.00")
    figure = figures(units.township, Period.parse("2025Q3"), ["ethnicity.share"])["ethnicity.share"]
    assert (figure.text, figure.unit, figure.records) == ("3", "%", 7)

    codes = ["06", "15", "12", "09", "08", "07", "05", "03", "13", "22"]
    data: dict[str, Any] = {"unit": units.township.pk, "period": "2025Q3", "remark": "村级汇总"}
    for code, (own, moved) in zip(codes, _shares(10, 68, 80), strict=True):
        data |= {f"registered_{code}": own, f"migrant_{code}": moved}
    client, new = signed_in(officer), reverse("ethnic-composition:create")
    response = client.post(new, {**data, "nonce": hidden(client.get(new), "nonce")})
    assert response.status_code == 302, response.context["form"].errors
    assert value(units.township, "groups", "2025Q3") == 10


def _shares(count: int, *totals: int) -> list[tuple[int, ...]]:
    """``count`` rows of nearly equal numbers that add up to the totals."""
    columns = [[total // count + (place < total % count) for place in range(count)] for total in totals]
    return list(zip(*columns, strict=True))


def test_the_published_sub_district_6248_is_285_and_5963_of_34_groups(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    for village, own, moved in zip(units.villages, (100, 100, 85), (2000, 2000, 1963), strict=True):
        population(village, "2025Q2", own, moved, residents=20000)
    codes = list(MINORITIES)[:34]
    data: dict[str, Any] = {"unit": units.township.pk, "period": "2025Q2"}
    for code, (own, moved) in zip(codes, _shares(34, 285, 5963), strict=True):
        data |= {f"registered_{code}": own, f"migrant_{code}": moved}
    client, new = signed_in(officer), reverse("ethnic-composition:create")
    response = client.post(new, {**data, "nonce": hidden(client.get(new), "nonce")})
    assert response.status_code == 302, response.context["form"].errors
    half = Period.parse("2025H1")
    found = figures(units.township, half)
    assert found["ethnicity.minority_residents"].value == 6248
    assert found["ethnicity.registered"].value == 285
    assert found["ethnicity.migrant"].value == 5963
    assert found["ethnicity.groups"].value == 34


def test_groups_are_known_of_one_township_only(units: Units) -> None:
    composition(units.township, "2025Q3", g06=(50, 50), g15=(20, 20))
    assert value(units.township, "groups", "2025Q3") == 2
    assert value(units.county, "groups", "2025Q3") == 2
    composition(units.neighbour, "2025Q3", g06=(50, 50), g12=(20, 20), g09=(9, 9))
    # Two tables may share groups that nobody can see any more: their number is unknown, not 5.
    assert value(units.county, "groups", "2025Q3") is None
    assert value(units.village, "groups", "2025Q3") is None
    assert value(units.township, "groups", "2024") is None


def test_returns_due_come_from_the_villages_and_not_from_their_records(units: Units) -> None:
    population(units.village, "2025Q1", 1)
    assert value(units.township, "returns_due", "2025Q1") == 3
    assert value(units.township, "returns_due", "2025") == 12
    assert value(units.county, "returns_due", "2025H1") == 8
    assert value(units.village, "returns_due", "2025Q1") == 1
    units.villages[2].closed_on = make.day("2025-05-01")
    units.villages[2].save()
    assert value(units.township, "returns_due", "2025") == 9
    rows = breakdown(units.villages, Period.parse("2025"), ["ethnicity.returns_due"])
    assert [row["ethnicity.returns_due"] for row in rows.values()] == [4, 4, 1]


def test_submitted_and_late(units: Units) -> None:
    population(units.villages[0], "2025Q1", 1, submitted_on=make.day("2025-04-10"))
    population(units.villages[1], "2025Q1", 1, submitted_on=make.day("2025-04-11"), state=SUBMITTED)
    population(units.villages[2], "2025Q1", 1, submitted_on=make.day("2025-04-30"), state=DRAFT)
    population(units.villages[0], "2025Q2", 1, submitted_on=make.day("2025-08-01"))
    assert value(units.township, "returns_submitted", "2025Q1") == 2
    assert value(units.township, "returns_late", "2025Q1") == 1
    assert value(units.township, "returns_late", "2025") == 2
    for code in ("returns_submitted", "returns_late"):
        found = indicators.get(f"ethnicity.{code}").queryset(units.township, Period.parse("2025"))
        assert found.count() == value(units.township, code, "2025")


def test_funds_sites_and_activities(units: Units) -> None:
    for year, amount in ((2025, "40"), (2025, "5"), (2026, "7.5")):
        SupportProject.objects.create(
            unit=units.village, title=f"项目{amount}", year=year, amount=Decimal(amount)
        )
    assert value(units.township, "support_funds", "2025") == 45
    assert value(units.township, "support_funds", "2026Q1") == Decimal("7.5")
    for named_on, ended_on in (("2025-06-30", None), ("2025-07-01", None), ("2024-01-01", "2025-06-30")):
        UnitySite.objects.create(
            unit=units.village,
            title=f"示范点{named_on}",
            grade="city",
            named_on=make.day(named_on),
            ended_on=make.day(ended_on) if ended_on else None,
        )
    assert value(units.township, "unity_sites", "2025H1") == 1
    assert value(units.township, "unity_sites", "2025") == 2
    make.activity(units.village, "2025-05-01", kind="unity", attendance=80)
    make.activity(units.village, "2025-05-02", kind="skills", attendance=30)
    make.activity(units.village, "2026-05-02", kind="skills", attendance=9)
    assert value(units.township, "unity_events", "2025") == 1
    assert value(units.township, "unity_people", "2025") == 80
    assert value(units.township, "skills_courses", "2025") == 1
    assert value(units.township, "skills_people", "2025") == 30


def test_the_sum_is_kept_with_the_record(units: Units) -> None:
    record = population(units.village, "2025Q3", 3, 4)
    record.migrant = 10
    record.save()
    assert PopulationReturn.objects.get().minority == 13
