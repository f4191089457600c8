"""The definitions of the private sector's figures, against records made by hand, at the edges of periods."""

from decimal import Decimal

import pytest

from ledgers.computing import figures
from ledgers.models import OrgUnit
from ledgers.periods import Period
from tests.conftest import Units
from tests.families import factories as make

pytestmark = pytest.mark.each_database


def value(unit: OrgUnit, code: str, period: str) -> int | Decimal | None:
    return figures(unit, Period.parse(period), [code])[code].value


def test_an_enterprise_counts_from_its_founding_until_it_closes(units: Units) -> None:
    make.enterprise(units.village, 1)  # an old ledger without dates
    make.enterprise(units.village, 2, founded_on=make.day("2025-06-30"))
    make.enterprise(units.villages[1], 3, founded_on=make.day("2025-07-01"))
    make.enterprise(units.villages[1], 4, closed_on=make.day("2025-06-30"))
    make.enterprise(units.villages[1], 5, closed_on=make.day("2025-07-01"))
    make.enterprise(units.neighbour_village, 6)
    assert value(units.township, "nonpublic.enterprises", "2025Q2") == 3
    assert value(units.township, "nonpublic.enterprises", "2025H1") == 3
    assert value(units.township, "nonpublic.enterprises", "2025Q3") == 3
    assert value(units.township, "nonpublic.enterprises", "2025Q1") == 3
    assert value(units.county, "nonpublic.enterprises", "2025Q2") == 4
    assert value(units.village, "nonpublic.enterprises", "2025Q2") == 2


def test_staff_and_capital_are_those_of_the_enterprises_counted(units: Units) -> None:
    make.enterprise(units.village, 1, staff=35, registered_capital=Decimal("80.5"))
    make.enterprise(units.village, 2, staff=8, registered_capital=Decimal("0.0001"))
    make.enterprise(
        units.village, 3, staff=999, registered_capital=Decimal(9999), closed_on=make.day("2025-01-01")
    )
    assert value(units.township, "nonpublic.staff", "2025") == 43
    assert value(units.township, "nonpublic.registered_capital", "2025") == Decimal("80.5001")
    assert value(units.township, "nonpublic.staff", "2024") == 43 + 999


def test_a_chamber_member_counts_once_it_has_joined_and_while_it_exists(units: Units) -> None:
    make.enterprise(units.village, 1, chamber_member=True)
    make.enterprise(units.village, 2, chamber_member=True, chamber_since=make.day("2025-03-31"))
    make.enterprise(units.village, 3, chamber_member=True, chamber_since=make.day("2025-04-01"))
    make.enterprise(units.village, 4, chamber_member=True, closed_on=make.day("2025-01-01"))
    make.enterprise(units.village, 5)
    assert value(units.township, "nonpublic.chamber_members", "2025Q1") == 2
    assert value(units.township, "nonpublic.chamber_members", "2025Q2") == 3


def test_requests_received_resolved_and_due(units: Units) -> None:
    company = make.enterprise(units.village, 1)
    make.request(company, "2025-01-01", due="2025-03-31")
    make.request(company, "2025-03-31", resolved_on="2025-04-01", due="2025-03-31")
    make.request(company, "2025-03-31", resolved_on="2025-03-31", due="2025-03-31")
    make.request(company, "2025-03-31")  # without a due date it is never late
    make.request(company, "2025-04-01", due="2025-06-01", resolved_on="2025-05-01")
    assert value(units.township, "nonpublic.requests_received", "2025Q1") == 4
    assert value(units.township, "nonpublic.requests_resolved", "2025Q1") == 1
    assert value(units.township, "nonpublic.requests_overdue", "2025Q1") == 2
    assert value(units.township, "nonpublic.requests_resolved", "2025Q2") == 2
    assert value(units.township, "nonpublic.requests_overdue", "2025Q2") == 1


def test_contributions_are_those_given_within_the_period(units: Units) -> None:
    company = make.enterprise(units.village, 1)
    neighbour = make.enterprise(units.neighbour_village, 2)
    for given_on, amount in (("2025-01-01", "30.5"), ("2025-12-31", "40"), ("2026-01-01", "7")):
        make.contribution(company, given_on, amount)
    make.contribution(neighbour, "2025-05-01", "1000")
    assert value(units.township, "nonpublic.contributions", "2025") == Decimal("70.5")
    assert value(units.township, "nonpublic.contributions", "2026Q1") == 7


def test_a_record_stays_with_the_village_the_enterprise_was_in(units: Units) -> None:
    company = make.enterprise(units.village, 1)
    make.contribution(company, "2025-05-01", "3")
    company.unit = units.villages[1]
    company.save()
    assert value(units.village, "nonpublic.contributions", "2025") == 3
    assert value(units.villages[1], "nonpublic.enterprises", "2025") == 1
