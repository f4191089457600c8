"""The figures of a report, each with a fingerprint of the records behind it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When

from ledgers.indicators import Figure, Indicator, figures, indicators
from ledgers.models import OrgUnit, Record
from ledgers.periods import Period


@dataclass(frozen=True)
class Evidence:
    """A figure with the SHA-256 over the (primary key, version) pairs of its records."""

    figure: Figure
    hash: str


def gather(unit: OrgUnit, period: Period, codes: Iterable[str] | None = None) -> dict[str, Evidence]:
    """Every figure of ``unit`` and its subtree for ``period``, by code: two queries per ledger, whatever the size."""
    found = figures(unit, period, codes)
    hashes = record_hashes(unit, period, found)
    return {code: Evidence(figure, hashes[code]) for code, figure in found.items()}


def record_hashes(unit: OrgUnit, period: Period, codes: Iterable[str]) -> dict[str, str]:
    """code → SHA-256 over ``pk:row_version`` lines in the order of primary keys; one query per ledger."""
    by_model: dict[type[Record], list[Indicator]] = defaultdict(list)
    for code in codes:
        chosen = indicators.get(code)
        by_model[chosen.records].append(chosen)
    hashes: dict[str, str] = {}
    for model, members in by_model.items():
        hashes |= _hashes_of_model(model, members, unit, period)
    return hashes


def _hashes_of_model(
    model: type[Record], members: list[Indicator], unit: OrgUnit, period: Period
) -> dict[str, str]:
    # An empty Q means all records, but is not accepted as the condition of a CASE.
    conditions = [member.condition(period) or Q(pk__isnull=False) for member in members]
    flags = {
        f"counts_in_{number}": Case(
            When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        for number, condition in enumerate(conditions)
    }
    manager: Any = model._default_manager
    rows = (
        manager.within(unit)
        .filter(reduce(or_, conditions))
        .annotate(**flags)
        .order_by("pk")
        .values_list("pk", "row_version", *flags)
    )
    digests = [hashlib.sha256() for _ in members]
    for pk, row_version, *counted in rows.iterator(chunk_size=5000):
        line = f"{pk}:{row_version}\n".encode()
        for digest, counts in zip(digests, counted, strict=True):
            if counts:
                digest.update(line)
    return {member.code: digest.hexdigest() for member, digest in zip(members, digests, strict=True)}
