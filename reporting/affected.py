"""Which final reports print figures of a return that is about to be reopened."""

from __future__ import annotations

from collections.abc import Iterator

from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.returns.affected import AffectedReport
from reporting.models import Report


def final_reports(unit: OrgUnit, quarter: Period) -> Iterator[AffectedReport]:
    """Final reports of the unit and those above it for periods that contain the quarter."""
    steps = range(OrgUnit.steplen, len(unit.path) + 1, OrgUnit.steplen)
    containing = [Period.containing(quarter.last_day, kind) for kind in ("quarter", "half", "year")]
    found = Report.objects.filter(
        state=Report.State.FINAL,
        unit__path__in=[unit.path[:length] for length in steps],
        period__in=[str(period) for period in containing],
    )
    for report in found.defer("document"):
        yield AffectedReport(report.title, report.get_absolute_url())
