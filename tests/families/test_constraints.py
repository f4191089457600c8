"""What must never be in the tables is refused by the database itself, not only by the forms."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.families import factories as make

pytestmark = pytest.mark.each_database

Attempt = Callable[[Units], object]


def company(units: Units, **fields: object) -> Enterprise:
    return make.enterprise(units.village, 1, **fields)


REFUSED: dict[str, Attempt] = {
    "negative expense": lambda u: make.activity(u.village, "2025-03-01", expense=Decimal("-0.01")),
    "negative attendance": lambda u: make.activity(u.village, "2025-03-01", attendance=-1),
    "negative banners": lambda u: make.activity(u.village, "2025-03-01", banners=-1),
    "adopted before sent": lambda u: make.brief(
        u.village, "2025-03-02", adopted_by="市委统战部", adopted_on="2025-03-01"
    ),
    "adopted by nobody": lambda u: make.brief(u.village, "2025-03-02", adopted_on="2025-03-05"),
    "due before found": lambda u: make.rectification(u.village, "2025-03-02", "2025-03-01"),
    "done before found": lambda u: make.rectification(
        u.village, "2025-03-02", "2025-04-01", done_on="2025-03-01"
    ),
    "fund of nothing": lambda u: make.fund(u.village, "2025-03-01", "0"),
    "spent more than received": lambda u: make.fund(u.village, "2025-03-01", "5", "5.0001"),
    "negative spent": lambda u: make.fund(u.village, "2025-03-01", "5", "-1"),
    "group ended before it began": lambda u: make.liaison_group(
        u.village, "2025-03-02", ended_on="2025-03-01"
    ),
    "target of nothing": lambda u: make.target(u.township, "work.meetings", 2025, "0"),
    "target of another century": lambda u: make.target(u.township, "work.meetings", 1925, "2"),
    "negative capital": lambda u: company(u, registered_capital=Decimal(-1)),
    "negative staff": lambda u: company(u, staff=-1),
    "closed before founded": lambda u: company(
        u, founded_on=make.day("2025-03-02"), closed_on=make.day("2025-03-01")
    ),
    "request due before raised": lambda u: make.request(company(u), "2025-03-02", due="2025-03-01"),
    "request resolved before raised": lambda u: make.request(
        company(u), "2025-03-02", resolved_on="2025-03-01"
    ),
    "gift of nothing": lambda u: make.contribution(company(u), "2025-03-01", "0"),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses(attempt: Attempt, units: Units) -> None:
    # PostgreSQL reports a negative count as a failed check, SQLite likewise; neither lets it in.
    with pytest.raises(DatabaseError), transaction.atomic():
        attempt(units)


def test_one_credit_code_is_one_enterprise_wherever_it_is(units: Units) -> None:
    make.enterprise(units.village, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.enterprise(units.neighbour_village, 1)


def test_a_unit_has_one_target_for_an_indicator_and_year(units: Units) -> None:
    make.target(units.township, "work.meetings", 2025, "2")
    make.target(units.township, "work.meetings", 2026, "2")
    make.target(units.neighbour, "work.meetings", 2025, "2")
    with pytest.raises(IntegrityError), transaction.atomic():
        make.target(units.township, "work.meetings", 2025, "3")


def test_the_edges_are_allowed(units: Units) -> None:
    make.rectification(units.village, "2025-03-01", "2025-03-01", done_on="2025-03-01")
    make.fund(units.village, "2025-03-01", "5", "5")
    make.brief(units.village, "2025-03-01", adopted_by="市委统战部", adopted_on="2025-03-01")
    one_day = company(units, founded_on=make.day("2025-03-01"), closed_on=make.day("2025-03-01"))
    make.request(one_day, "2025-03-01", due="2025-03-01", resolved_on="2025-03-01")
