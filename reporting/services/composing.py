"""From the sections of a report and the figures of its unit to the document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from ledgers.indicators import Number, indicators
from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents.model import Document, FigureRun
from reporting.evidence import Evidence, Subject, gather
from reporting.models import Report, ReportFigure, ReportSection
from reporting.narrative import Rendered, render
from reporting.reports import KINDS
from reporting.reports.assemble import Part, assemble
from reporting.reports.facts import Facts
from reporting.values import values_of


@dataclass(frozen=True)
class Written:
    """A section with its figures in place."""

    section: ReportSection
    text: Rendered


def facts_of(report: Report, today: dt.date | None = None) -> Facts:
    """The figures the report is about, as they are now."""
    kind = KINDS[report.kind]
    return Facts.gather(report.unit, report.reporting_period, today or timezone.localdate(), kind.codes)


def write(sections: Sequence[ReportSection], facts: Facts) -> list[Written]:
    return [Written(section, render(section.source, facts.book)) for section in sections]


@dataclass
class Composition:
    """A document in the making: the same for a page, a draft's files and a signed report.

    ``evidence`` is filled with ``document``, for every figure it prints.
    """

    report: Report
    facts: Facts
    written: list[Written]
    evidence: dict[Subject, Evidence] = field(default_factory=dict)

    @classmethod
    def of(cls, report: Report, facts: Facts) -> Composition:
        return cls(report, facts, write(list(report.sections.all()), facts))

    def page(self) -> Document:
        """For the screen: the document alone."""
        subject = KINDS[self.report.kind].title(self.facts.period)
        parts = [Part(w.section.heading, w.section.level, w.text) for w in self.written]
        return assemble(self.facts, subject, parts)

    def document(self) -> Document:
        """For the files: the evidence of every number it prints is gathered with it."""
        document = self.page()
        self.evidence = gather(self._subjects(document.figure_runs()))
        return document

    def _subjects(self, printed: Sequence[FigureRun]) -> list[Subject]:
        """In the order of appearance, each once."""
        codes = {run.unit for run in printed if run.unit}
        units = {unit.code: unit for unit in OrgUnit.objects.subtree(self.facts.unit).filter(code__in=codes)}
        return list(
            dict.fromkeys(
                Subject(
                    run.code,
                    units[run.unit] if run.unit else self.facts.unit,
                    Period.parse(run.period) if run.period else self.facts.period,
                )
                for run in printed
            )
        )

    def figures(self) -> list[ReportFigure]:
        """A row for each figure the document prints; not yet saved."""
        # The unit's own figures are the ones the text was made of; only the others are asked for.
        known = self.facts.book.values()
        values: dict[Subject, Number | None] = {
            subject: known[subject.code, subject.period]
            for subject in self.evidence
            if subject.unit == self.facts.unit and (subject.code, subject.period) in known
        }
        values |= values_of(subject for subject in self.evidence if subject not in values)
        return [
            self._figure(position, subject, evidence, values)
            for position, (subject, evidence) in enumerate(self.evidence.items())
        ]

    def _figure(
        self, position: int, subject: Subject, evidence: Evidence, values: Mapping[Subject, Number | None]
    ) -> ReportFigure:
        indicator = indicators.get(subject.code)
        value = values[subject]
        row = ReportFigure(
            report=self.report,
            position=position,
            code=subject.code,
            label=indicator.label,
            scope=subject.unit,
            period=str(subject.period),
            value=value,
            unit=indicator.unit,
            text=f"{indicator.format(value)}{indicator.unit}" if value is not None else "",
            records=evidence.records,
            hash=evidence.hash,
        )
        if (subject.unit, subject.period) == (self.facts.unit, self.facts.period):
            figure = self.facts.book.figure(subject.code, subject.period)
            row.previous = figure.previous
            row.same_period_last_year = figure.same_period_last_year
            row.target = figure.target
        return row
