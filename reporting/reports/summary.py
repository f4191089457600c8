"""年度总结, 半年总结 and 季度工作情况: the four parts of published summaries, a section of the second for each family.

Every sentence follows from a figure or a record. What the ledgers do not know is left out or said to be
unregistered; the author adds the rest.
"""

from __future__ import annotations

from itertools import groupby

from ledgers.indicators import FLOW
from reporting.reports import prose
from reporting.reports.facts import Facts, FamilyFacts
from reporting.reports.outline import (
    LEADERSHIP,
    Draft,
    compared,
    plans,
    problems,
    reached,
    situation,
    span,
)


def outline(facts: Facts) -> list[Draft]:
    worked = [
        Draft(f"work-{family.name}", family.label, source, level=2)
        for family in facts.families
        if (source := _family(family, facts))
    ]
    nothing = "" if worked else f"{facts.period.label}台账未登记各项工作。"
    return [
        Draft("situation", "基本情况与组织领导", situation(facts)),
        Draft("work", "重点工作", nothing),
        *worked,
        Draft("problems", "存在的问题", problems(facts)),
        Draft("plans", "下一步打算", plans(facts)),
    ]


def _family(family: FamilyFacts, facts: Facts) -> str:
    """What was done in the family's ledgers; empty when nothing is registered."""
    figures = [f for f in family.figures if f.code not in LEADERSHIP and not facts.is_about_returns(f)]
    flows = [figure for figure in figures if figure.kind == FLOW]
    # A sentence for each ledger: one for eighteen figures has no end.
    by_ledger = [list(members) for _, members in groupby(flows, key=lambda f: f.indicator.records)]
    said = [clauses for members in by_ledger if (clauses := prose.enumerate_clauses(members))]
    if not said:
        return ""
    return prose.paragraphs(
        f"{span(facts)}{'。'.join(said)}。{reached(flows, facts)}", compared(figures, facts)
    )
