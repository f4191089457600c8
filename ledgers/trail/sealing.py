"""Putting new history rows and actions under seal: every minute, after each job, and by command; writing them stays
as it is.

Numbers are given out before a transaction commits, so a lower one may appear after a higher one has been sealed. What
is missing below the highest is therefore remembered as a gap and looked at again, for longer than any transaction can
last.
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.db import models
from django.utils import timezone

from ledgers.db import Among
from ledgers.models import HistorySeal, SealState
from ledgers.trail import chain
from ledgers.trail.digests import Trail, ranges_of, trails

logger = logging.getLogger(__name__)

#: Rows under one seal at most, and worked on in one step.
STEP: Final = 20_000
#: Seconds after which a row that has not appeared is not going to: no transaction is open for a day.
GAP_SECONDS: Final = 24 * 3600

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Sealed:
    rows: int
    seals: int
    head: str
    #: Rows may be left: the time was up, or somebody else is sealing.
    complete: bool


def head() -> str:
    """The chain's end as users note it down: ``number:sha256``."""
    return str(chain.state())


def seal_new(*, seconds: float | None = None, progress: Progress | None = None) -> Sealed:
    """Seal what is not sealed yet, in steps of their own transactions; stops when ``seconds`` have passed."""
    until = None if seconds is None else time.monotonic() + seconds
    current = chain.state()
    first, rows = current.number, 0
    try:
        for trail in trails():
            while True:
                if until is not None and time.monotonic() > until:
                    return Sealed(rows, current.number - first, str(current), complete=False)
                current, sealed = _step(trail, current)
                rows += sealed
                if progress is not None and sealed:
                    progress(rows, 0, "正在封存")
                if sealed < STEP:
                    break
    except chain.Overtaken:
        return Sealed(rows, current.number - first, head(), complete=False)
    if rows:
        logger.info("history sealed: %s rows, head %s", rows, current)
    return Sealed(rows, current.number - first, str(current), complete=True)


def unsealed(trail: Trail, state: SealState) -> models.QuerySet[Any]:
    """The rows that the next sealing will take."""
    known = state.tables.get(trail.table, {"through": 0, "gaps": []})
    condition = models.Q(pk__gt=known["through"])
    for first, last, _ in known["gaps"]:
        condition |= models.Q(pk__range=(first, last))
    found: models.QuerySet[Any] = trail.history._base_manager.filter(condition)
    return found


def _step(trail: Trail, state: SealState) -> tuple[SealState, int]:
    known = state.tables.get(trail.table, {"through": 0, "gaps": []})
    through: int = known["through"]
    gaps: list[tuple[int, int, float]] = [(first, last, since) for first, last, since in known["gaps"]]
    now = timezone.now().timestamp()
    found = list(islice(_new_rows(trail, through, gaps), STEP))
    keys = [key for key, _ in found]
    above = [key for key in keys if key > through]
    if above:
        gaps += [(first, last, now) for first, last in chain.between(ranges_of(above), through)]
        through = above[-1]
    # Looked at for the last time just now, if it was old enough then.
    left = [gap for gap in _without(gaps, keys) if abs(now - gap[2]) < GAP_SECONDS]
    told = {"through": through, "gaps": [list(gap) for gap in left]}
    if not found and told == known:
        return state, 0
    tables = {**state.tables, trail.table: told}
    return chain.append(_links(trail, found), since=state, tables=tables), len(found)


def _new_rows(trail: Trail, through: int, gaps: list[tuple[int, int, float]]) -> Iterator[tuple[int, bytes]]:
    yield from trail.rows(sorted((first, last) for first, last, _ in gaps), trail.columns)
    last = trail.history._base_manager.aggregate(last=models.Max("pk"))["last"]
    if last is not None and last > through:
        yield from trail.rows([(through + 1, last)], trail.columns)


def _links(trail: Trail, found: list[tuple[int, bytes]]) -> list[chain.Link]:
    """One seal for each import that has written some of the rows, and one for all other changes."""
    batches: dict[int, int | None] = {}
    if not trail.is_log:
        rows = trail.history._base_manager.filter(Among("pk", [key for key, _ in found]))
        batches.update(rows.values_list("pk", "batch_id"))
    groups: dict[int | None, list[tuple[int, bytes]]] = {}
    for key, digest in found:
        groups.setdefault(batches.get(key), []).append((key, digest))
    return [
        chain.Link(
            trail=trail,
            kind=HistorySeal.Kind.ROWS,
            keys=[key for key, _ in group],
            digests=b"".join(digest for _, digest in group),
            batch_key=batch,
        )
        for batch, group in groups.items()
    ]


def _without(gaps: list[tuple[int, int, float]], keys: list[int]) -> Iterator[tuple[int, int, float]]:
    """The gaps as they are once ``keys`` (ascending) have been filled in."""
    for first, last, since in gaps:
        filled = keys[bisect_left(keys, first) : bisect_right(keys, last)]
        after = first - 1
        for key in filled:
            if key > after + 1:
                yield after + 1, key - 1, since
            after = key
        if after < last:
            yield after + 1, last, since
