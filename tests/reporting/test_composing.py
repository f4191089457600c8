"""The figures that are kept with a report: what the text was made of is not asked for again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers.periods import Period
from reporting.models import Report
from reporting.services import build_report
from reporting.services.composing import Composition, facts_of
from reporting.values import values_of
from tests.conftest import Units

pytestmark = pytest.mark.each_database


@pytest.mark.usefixtures("quick_pdf")
@pytest.mark.parametrize(
    ("kind", "period"), [("annual", "2025"), ("half", "2025H1"), ("quarterly", "2025Q2"), ("unity", "2025")]
)
def test_figures_and_those_they_are_compared_with_are_known_from_the_text(
    year_of_work: Units, kind: str, period: str
) -> None:
    composition = composed(year_of_work, kind, period)
    expected = values_of(composition.evidence)
    assert {subject.period for subject in composition.evidence} > {Period.parse(period)}
    with CaptureQueriesContext(connection) as asked:
        rows = composition.figures()
    assert len(asked) == 0
    assert [row.value for row in rows] == [expected[subject] for subject in composition.evidence]
    assert any(row.value for row in rows)


@pytest.mark.usefixtures("quick_pdf")
def test_figures_of_other_periods_and_units_are_asked_for(year_of_work: Units) -> None:
    report = build_report(unit=year_of_work.township, period=Period(2025), kind="annual", user=None)
    section = report.sections.first()
    assert section is not None
    section.source = (
        "{{work.meetings@2023}}，{{work.meetings@" + year_of_work.village.name + "}}，{{work.visits@2024Q1}}"
    )
    section.save()
    composition = Composition.of(report, facts_of(report, dt.date(2026, 1, 5)))
    composition.document()
    rows = {(row.code, row.scope.pk, row.period): row.value for row in composition.figures()}
    assert rows["work.meetings", year_of_work.township.pk, "2023"] == 0
    assert rows["work.meetings", year_of_work.village.pk, "2025"] == 3
    assert rows["work.meetings", year_of_work.township.pk, "2025"] == 3
    assert rows["work.visits", year_of_work.township.pk, "2024Q1"] == 0


def composed(units: Units, kind: str, period: str) -> Composition:
    report: Report = build_report(unit=units.township, period=Period.parse(period), kind=kind, user=None)
    composition = Composition.of(report, facts_of(report, dt.date(2026, 1, 5)))
    composition.document()
    return composition
