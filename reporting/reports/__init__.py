"""The kinds of report: which periods each one goes with, which figures it takes, and what it is drafted as.

facts.py     what a report is written from     outline.py   the parts that all kinds share
prose.py     sentences with tokens             summary.py   annual, half-year and quarterly
annexes.py   tables, charts, the index         unity.py     the special report on ethnic unity
rollup.py    the units below, side by side     assemble.py  sections and facts → document
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledgers.periods import Period, PeriodKind
from reporting.models import Report
from reporting.reports import summary, unity
from reporting.reports.facts import Facts
from reporting.reports.outline import Draft


class UnsuitablePeriod(ValueError):
    """The period does not go with the kind of report; the message is a Chinese sentence for the screen."""


PERIOD_NAMES: dict[PeriodKind, str] = {"quarter": "季度", "half": "上半年或下半年", "year": "全年"}


@dataclass(frozen=True)
class ReportKind:
    """``codes`` narrows the report to some figures; ``subject`` follows unit and period in the title."""

    label: str
    period_kinds: tuple[PeriodKind, ...]
    examples: str
    subject: str
    outline: Callable[[Facts], list[Draft]]
    codes: tuple[str, ...] | None = None

    def check(self, period: Period) -> None:
        """Raises UnsuitablePeriod."""
        if period.kind not in self.period_kinds:
            raise UnsuitablePeriod(
                f"{self.label}的期间要选{self.choices}（如 {self.examples}），不能是{period.label}。"
            )

    @property
    def choices(self) -> str:
        """The kinds of period as the page names them: 上半年或下半年."""
        return "、".join(PERIOD_NAMES[kind] for kind in self.period_kinds)

    def title(self, period: Period) -> str:
        return f"{period.label}{self.subject}"


KINDS: Final[dict[str, ReportKind]] = {
    Report.Kind.QUARTERLY: ReportKind(
        Report.Kind.QUARTERLY.label, ("quarter",), "2025Q3", "统一战线工作情况", summary.outline
    ),
    Report.Kind.HALF: ReportKind(
        Report.Kind.HALF.label, ("half",), "2025H1", "统一战线工作总结", summary.outline
    ),
    Report.Kind.ANNUAL: ReportKind(
        Report.Kind.ANNUAL.label, ("year",), "2025", "统一战线工作总结", summary.outline
    ),
    Report.Kind.UNITY: ReportKind(
        Report.Kind.UNITY.label,
        ("year", "half", "quarter"),
        "2025、2025H1 或 2025Q3",
        "民族团结进步工作情况汇报",
        unity.outline,
        unity.CODES,
    ),
}
