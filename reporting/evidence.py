"""Which records stand behind the figures of a report: their keys and versions, and a fingerprint of these."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from ledgers.indicators import indicators
from ledgers.models import OrgUnit, Record
from ledgers.models.units import OrgUnitQuerySet
from ledgers.periods import Period
from ledgers.spans import spanned
from reporting.conditions import any_of, flags_of


@dataclass(frozen=True)
class Subject:
    """What a printed number is about: an indicator, for a unit with all below it, in a period."""

    code: str
    unit: OrgUnit
    period: Period


@dataclass(frozen=True)
class Evidence:
    """``lines`` are ``primary key:version``, in the order of the keys; their number is that of the records."""

    lines: bytes
    records: int

    @property
    def hash(self) -> str:
        """SHA-256 over the lines: a record that comes, goes or changes gives another one."""
        return hashlib.sha256(self.lines).hexdigest()


def gather(subjects: Iterable[Subject]) -> dict[Subject, Evidence]:
    """The evidence of every subject: one query per ledger, whatever the number of units and periods."""
    by_model: dict[type[Record], list[Subject]] = defaultdict(list)
    for subject in dict.fromkeys(subjects):
        by_model[indicators.get(subject.code).records].append(subject)
    found: dict[Subject, Evidence] = {}
    for model, members in by_model.items():
        found |= _of_model(model, members)
    return found


def record_hashes(unit: OrgUnit, period: Period, codes: Iterable[str]) -> dict[str, str]:
    """code → fingerprint, for one unit in one period."""
    found = gather(Subject(code, unit, period) for code in codes)
    return {subject.code: evidence.hash for subject, evidence in found.items()}


def _of_model(model: type[Record], subjects: list[Subject]) -> dict[Subject, Evidence]:
    # Subjects of several units share a condition; only the units' paths tell their records apart.
    sharing: dict[tuple[str, Period], list[Subject]] = defaultdict(list)
    for subject in subjects:
        sharing[subject.code, subject.period].append(subject)
    conditions = [indicators.get(code).condition(period) for code, period in sharing]
    flags = flags_of(conditions)
    manager: Any = model._default_manager
    rows = (
        manager.filter(unit__in=_units(subjects))
        .filter(spanned(conditions))
        .filter(any_of(conditions))
        .annotate(**flags)
        .order_by("pk")
        .values_list("pk", "row_version", "unit__path", *flags)
    )
    lines: dict[Subject, list[str]] = {subject: [] for subject in subjects}
    targets = [[(subject.unit.path, lines[subject]) for subject in members] for members in sharing.values()]
    # Thousands of records of one unit count in the same figures: where their lines go is worked out once.
    behind: dict[tuple[Any, ...], list[list[str]]] = {}
    for pk, row_version, *kind in rows.iterator(chunk_size=5000):
        found = behind.get(key := tuple(kind))
        if found is None:
            path, *counted = kind
            found = behind[key] = [
                collected
                for members, counts in zip(targets, counted, strict=True)
                if counts
                for unit_path, collected in members
                if path.startswith(unit_path)
            ]
        line = f"{pk}:{row_version}\n"
        for collected in found:
            collected.append(line)
    return {
        subject: Evidence("".join(collected).encode(), len(collected)) for subject, collected in lines.items()
    }


def _units(subjects: list[Subject]) -> OrgUnitQuerySet:
    """The units of all subjects and those below them, as a subquery."""
    paths = sorted({subject.unit.path for subject in subjects})
    tops = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
    within = reduce(or_, (Q(path__startswith=path) for path in tops))
    found: OrgUnitQuerySet = OrgUnit.objects.filter(within).order_by().values("pk")
    return found
