"""What was known of the numbers that a document prints, when it was built."""

from __future__ import annotations

from collections.abc import Iterable

from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.figures import TracedFigure, TracedFigures
from reporting.models import ReportFigure


def traced_figures(rows: Iterable[ReportFigure], unit: OrgUnit, period: Period) -> TracedFigures:
    """The kept figures of a report by what its document calls them: ``unit`` and ``period`` are its own."""
    return {
        (
            row.code,
            "" if row.period == str(period) else row.period,
            "" if row.scope.pk == unit.pk else row.scope.code,
        ): TracedFigure(
            code=row.code,
            label=row.label,
            scope=row.scope.name,
            period=row.period,
            unit=row.unit,
            value=row.value,
            records=row.records,
            hash=row.hash,
            previous=row.previous,
            same_period_last_year=row.same_period_last_year,
            target=row.target,
        )
        for row in rows
    }
