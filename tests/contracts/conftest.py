"""Records of every ledger, from its own samples, in two townships that must not see each other."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest

from ledgers.demo import save_samples
from ledgers.models import OrgUnit, Record
from ledgers.registry import Ledger, SampleContext, ledgers
from tests.conftest import Units

TODAY = dt.date(2026, 11, 21)
YEARS = [2025, 2026]


def context(township: OrgUnit, **changes: Any) -> SampleContext:
    values: dict[str, Any] = {
        "rng": random.Random(township.code),
        "township": township,
        "villages": list(township.children()),
        "years": YEARS,
        "today": TODAY,
    }
    return SampleContext(**{**values, **changes})


def samples(ledger: Ledger, township: OrgUnit, **changes: Any) -> Iterator[Record]:
    """The ledger's samples, not saved."""
    return iter(type(ledger).samples(context(township, **changes)))


def save(ledger: Ledger, township: OrgUnit, count: int | None = None, **changes: Any) -> list[Any]:
    """Save the first ``count`` of the ledger's own records with all that they point at; returns the ledger's."""

    def first() -> Iterator[Record]:
        own = 0
        for record in samples(ledger, township, **changes):
            own += isinstance(record, ledger.model)
            yield record
            if own == count:
                return

    model: Any = ledger.model
    before = set(model._default_manager.values_list("pk", flat=True))
    save_samples(first())
    return list(model._default_manager.exclude(pk__in=before).select_related(*ledger.select_related))


@dataclass(frozen=True)
class Filled:
    """Records of every ledger: those of 东山镇 (``mine``) and those of 西河镇 (``theirs``)."""

    mine: dict[str, list[Any]]
    theirs: dict[str, list[Any]]


def fill(units: Units) -> Filled:
    mine: dict[str, list[Any]] = {}
    theirs: dict[str, list[Any]] = {}
    for ledger in ledgers:
        mine[ledger.slug] = save(ledger, units.township)
        theirs[ledger.slug] = save(ledger, units.neighbour)
    return Filled(mine, theirs)


def each_ledger(test: Callable[..., Any]) -> Callable[..., Any]:
    """Run the test once for every registered ledger, a new one included without a word more."""
    return pytest.mark.parametrize("ledger", list(ledgers), ids=lambda ledger: ledger.slug)(test)


def take(records: Iterator[Any], count: int) -> list[Any]:
    return list(islice(records, count))
