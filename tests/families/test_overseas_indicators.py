"""The figures of overseas and Taiwan affairs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ledgers.computing import breakdown, figures
from ledgers.models import OrgUnit
from ledgers.periods import Period
from overseas.models import (
    CATEGORIES,
    DonationProject,
    Reception,
    RegionComposition,
    ServiceRequest,
)
from tests.conftest import Units
from tests.families.factories import day
from tests.returns.factories import DRAFT, overseas

pytestmark = pytest.mark.each_database


def value(unit: OrgUnit, code: str, period: str) -> Any:
    return figures(unit, Period.parse(period), [f"overseas.{code}"])[f"overseas.{code}"].value


def counts(households: int, persons: int) -> dict[str, Any]:
    return {
        name: number
        for category in CATEGORIES
        for name, number in ((f"{category}_households", households), (f"{category}_persons", persons))
    }


def test_the_published_sub_district_has_over_900_households_and_over_3000_persons(units: Units) -> None:
    for village in units.villages:
        overseas(village, "2025Q2", **counts(61, 204))
    overseas(units.neighbour_village, "2025Q2", **counts(9, 9))
    overseas(units.village, "2025Q4", state=DRAFT, **counts(0, 0))
    assert value(units.township, "households", "2025H1") == 915
    assert value(units.township, "persons", "2025H1") == 3060
    assert value(units.township, "persons", "2025") == 3060
    for category in CATEGORIES:
        assert value(units.township, f"{category}_households", "2025H1") == 183
        assert value(units.township, f"{category}_persons", "2025H1") == 612


def test_there_are_no_fewer_persons_than_households(units: Units) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        overseas(units.village, "2025Q2", returned_households=3, returned_persons=2)


def reception(unit: OrgUnit, held_on: str, kind: str, households: int, persons: int) -> None:
    Reception.objects.create(
        unit=unit, title="交流", kind=kind, held_on=day(held_on), households=households, persons=persons
    )


def test_receptions_as_published(units: Units) -> None:
    """15 households, 30 residents visited Taiwan; over 50 visitors received."""
    reception(units.village, "2025-03-01", "paid", 15, 30)
    reception(units.township, "2025-04-01", "received", 0, 36)
    reception(units.township, "2025-06-30", "received", 4, 18)
    reception(units.township, "2025-07-01", "received", 0, 99)
    assert value(units.township, "receptions", "2025H1") == 3
    assert value(units.township, "reception_people", "2025H1") == 84
    assert value(units.township, "visitors", "2025H1") == 54
    assert value(units.village, "receptions", "2025") == 1


def request(unit: OrgUnit, received_on: str, resolved_on: str | None = None) -> None:
    ServiceRequest.objects.create(
        unit=unit,
        kind="papers",
        matter="咨询回国定居手续",
        received_on=day(received_on),
        resolved_on=day(resolved_on) if resolved_on else None,
    )


def test_requests_received_resolved_and_their_median_days(units: Units) -> None:
    assert value(units.township, "requests_days", "2025") is None
    request(units.village, "2025-01-01", "2025-01-01")
    request(units.village, "2025-01-01", "2025-01-11")
    request(units.villages[1], "2024-12-31", "2025-03-31")
    request(units.villages[1], "2025-03-31")
    assert value(units.township, "requests_received", "2025Q1") == 3
    assert value(units.township, "requests_resolved", "2025Q1") == 3
    assert value(units.township, "requests_days", "2025Q1") == 10
    request(units.villages[2], "2025-03-01", "2025-03-22")
    assert value(units.township, "requests_days", "2025Q1") == Decimal("15.5")
    rows = breakdown(units.villages, Period.parse("2025Q1"), ["overseas.requests_days"])
    assert [row["overseas.requests_days"] for row in rows.values()] == [5, 90, 21]


def test_donations_are_those_of_the_period(units: Units) -> None:
    for donated_on, amount in (("2025-01-01", "30.5"), ("2025-12-31", "40"), ("2026-01-01", "7")):
        DonationProject.objects.create(
            unit=units.village,
            title="图书馆",
            donated_on=day(donated_on),
            amount=Decimal(amount),
            purpose="助学",
        )
    assert value(units.township, "donations", "2025") == Decimal("70.5")


def region_table(unit: OrgUnit, **rows: tuple[int, int]) -> RegionComposition:
    record = RegionComposition(unit=unit, period="2025Q3")
    totals = tuple(sum(numbers[place] for numbers in rows.values()) for place in (0, 1))
    record.fill({code: RegionComposition.row(numbers) for code, numbers in rows.items()}, totals)
    record.save()
    return record


def test_regions_are_counted_and_small_ones_merged(units: Units) -> None:
    record = region_table(units.township, HK=(40, 120), TW=(20, 61), US=(7, 20), IT=(1, 3), ES=(1, 4))
    assert record.lines == {"HK": [120, 40], "TW": [61, 20], "US": [20], "other": [7]} or (
        set(record.lines) == {"HK", "TW", "US", "other"}
    )
    assert record.lines["other"][0] == 7
    assert record.group_count == 5
    assert value(units.township, "regions", "2025Q3") == 5
    # One household of six is as telling as a group of four.
    record = region_table(units.neighbour, HK=(40, 120), JP=(1, 6), SG=(9, 30))
    assert len(record.lines["JP"]) == 1
    assert len(record.lines["SG"]) == 1
    assert value(units.county, "regions", "2025Q3") is None
