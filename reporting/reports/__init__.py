"""The kinds of report: what period each one covers, and the function that writes it from the facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledgers.periods import Period, PeriodKind
from reporting.documents.model import Document
from reporting.models import Report
from reporting.reports import annual
from reporting.reports.facts import Facts


class UnsuitablePeriod(ValueError):
    """The period does not go with the kind of report; the message is a Chinese sentence for the screen."""


@dataclass(frozen=True)
class ReportKind:
    label: str
    period_kind: PeriodKind
    example: str
    compose: Callable[[Facts], Document]

    def check(self, period: Period) -> None:
        """Raises UnsuitablePeriod."""
        if period.kind != self.period_kind:
            raise UnsuitablePeriod(f"{self.label}的期间应写作 {self.example}，不能是{period.label}。")


KINDS: Final[dict[str, ReportKind]] = {
    Report.Kind.ANNUAL: ReportKind(Report.Kind.ANNUAL.label, "year", "2025", annual.compose),
}
