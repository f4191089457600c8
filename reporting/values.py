"""The values of many figures at once: any units, any periods."""

from __future__ import annotations

from collections.abc import Iterable

from ledgers.computing import compute
from ledgers.indicators import Number
from reporting.evidence import Subject


def values_of(subjects: Iterable[Subject]) -> dict[Subject, Number | None]:
    """The value of every subject as it is now: one query per ledger and level of the tree."""
    found: dict[Subject, Number | None] = {}
    wanted = list(dict.fromkeys(subjects))
    for depth in sorted({subject.unit.depth for subject in wanted}):
        level = [subject for subject in wanted if subject.unit.depth == depth]
        units = list({subject.unit.pk: subject.unit for subject in level}.values())
        codes = dict.fromkeys(subject.code for subject in level)
        cells = compute(codes, units, list(dict.fromkeys(subject.period for subject in level)))
        found |= {s: cells[s.code, s.unit.pk, s.period].value for s in level}
    return found
