"""The figures of the representatives, at the edges of terms and periods."""

from __future__ import annotations

import pytest

from ledgers.computing import figures
from ledgers.models import OrgUnit
from ledgers.periods import Period
from representatives.models import Proposal, Training
from tests.conftest import Units
from tests.families.test_representatives_services import appointment, day, representative

pytestmark = pytest.mark.each_database


def value(unit: OrgUnit, code: str, period: str) -> object:
    full = f"representatives.{code}"
    return figures(unit, Period.parse(period), [full])[full].value


def test_a_person_counts_once_and_while_a_post_is_held(units: Units) -> None:
    representative(
        units.village,
        appointment("区政协委员", started_on=day("2025-04-01")),
        appointment("镇商会会长", started_on=day("2025-04-01"), ended_on=day("2025-09-30")),
    )
    representative(
        units.township, appointment("区人大代表", ended_on=day("2025-07-01")), name="代表乙", party="none"
    )
    representative(units.neighbour, appointment("区人大代表"), name="代表丙")
    assert [value(units.township, "total", f"2025Q{quarter}") for quarter in (1, 2, 3, 4)] == [1, 2, 1, 1]
    assert [value(units.township, "business", f"2025Q{quarter}") for quarter in (1, 2, 3)] == [0, 1, 0]
    assert [value(units.township, "congress", f"2025Q{quarter}") for quarter in (2, 3)] == [1, 0]
    assert value(units.county, "congress", "2025Q3") == 1
    assert (value(units.township, "party_cdl", "2025Q2"), value(units.township, "party_none", "2025Q2")) == (
        1,
        1,
    )
    assert value(units.village, "consultative", "2025") == 1


def test_terms_that_end_within_a_year_of_the_period(units: Units) -> None:
    for number, (ends, ended) in enumerate(
        [
            ("2025-06-30", None),
            ("2025-07-01", None),
            ("2026-06-30", None),
            ("2026-07-01", None),
            ("2026-01-01", "2025-06-01"),
        ]
    ):
        representative(
            units.village,
            appointment(term_ends_on=day(ends), ended_on=day(ended) if ended else None),
            name=f"代表{number}",
        )
    assert value(units.township, "terms_ending", "2025Q2") == 2


def test_trainings_and_proposals(units: Units) -> None:
    people = [representative(units.village, name=f"代表{number}") for number in (1, 2)]
    for person, date, title in (
        (people[0], "2025-01-01", "履职培训班"),
        (people[1], "2025-01-01", "履职培训班"),
        (people[0], "2025-03-31", "能力提升班"),
        (people[0], "2025-04-01", "研修班"),
    ):
        Training.objects.create(unit=person.unit, representative=person, attended_on=day(date), title=title)
    quarter = [
        value(units.township, code, "2025Q1")
        for code in ("trainings", "training_attendance", "people_trained")
    ]
    assert quarter == [2, 3, 2]
    for number, (date, replied, adopted) in enumerate(
        [("2025-01-01", "2025-03-31", True), ("2025-03-31", "2025-04-01", True), ("2025-03-31", None, False)]
    ):
        Proposal.objects.create(
            unit=units.village,
            representative=people[0],
            submitted_on=day(date),
            replied_on=day(replied) if replied else None,
            adopted=adopted,
            title=f"提案{number}",
        )
    found = [
        value(units.township, code, "2025Q1")
        for code in ("proposals", "proposals_replied", "proposals_adopted")
    ]
    assert found == [3, 1, 2]
    assert value(units.township, "proposals", "2025Q2") == 0
