"""Reopening a return names the final reports of its unit and of those above it, for periods with its quarter."""

from __future__ import annotations

from django.utils import timezone

from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.returns.affected import reports_affected
from reporting.models import Report
from tests.conftest import Units


def report(unit: OrgUnit, period: str, state: str = "final") -> Report:
    return Report.objects.create(
        unit=unit,
        period=period,
        kind="annual",
        state=state,
        title=f"{unit}{period}",
        document={},
        built_at=timezone.now(),
        frozen_at=timezone.now() if state == "final" else None,
    )


def test_final_reports_that_contain_the_quarter_are_listed(units: Units) -> None:
    expected = [
        report(units.township, "2025"),
        report(units.county, "2025H2"),
        report(units.village, "2025Q3"),
    ]
    report(units.township, "2025H1")
    report(units.township, "2024")
    report(units.neighbour, "2025")
    report(units.villages[1], "2025Q3")
    report(units.county, "2025", state="draft")
    found = reports_affected(units.village, Period.parse("2025Q3"))
    assert {each.url for each in found} == {each.get_absolute_url() for each in expected}
    assert "东山镇2025" in {each.label for each in found}
