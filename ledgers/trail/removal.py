"""Removing entries of the log of actions whose time is over, told in the chain: what they said until then.

Their time is counted from when they were put under seal, so that no changed clock or date in an entry makes it older
than the chain says. Verifying allows for what was removed in this way, and for nothing else.
"""

from __future__ import annotations

import datetime as dt
import logging
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from ledgers.db import Among
from ledgers.models import Action, HistorySeal
from ledgers.trail import chain
from ledgers.trail.digests import SIZE, Range, Trail, read_ranges
from ledgers.trail.protection import rewriting
from ledgers.trail.sealing import STEP

logger = logging.getLogger(__name__)

LOG: Final = Trail(Action)
#: An entry is under seal within minutes; the clocks of those who wrote and sealed it need not agree that well.
_DAY: Final = dt.timedelta(days=1)


def remove_old_actions() -> int:
    """Remove the entries that were put under seal more than ``ACTION_LOG_DAYS`` ago; returns how many."""
    days: int = settings.ACTION_LOG_DAYS
    old = _sealed_before(timezone.now() - dt.timedelta(days=days))
    count = 0
    while next(LOG.rows(old, LOG.columns), None) is not None:
        count += _remove(old, f"操作日志满{days}天清除")
    if count:
        logger.info("actions removed after %s days: %s", days, count)
    return count


def _sealed_before(moment: dt.datetime) -> list[Range]:
    """Where to look for what is that old; of the seals only those that can be about entries that are there."""
    oldest = Action.objects.aggregate(at=Min("at"))["at"]
    if oldest is None:
        return []
    seals = HistorySeal.objects.filter(
        table=LOG.table, kind=HistorySeal.Kind.ROWS, sealed_at__lt=moment, sealed_at__gte=oldest - _DAY
    )
    found: list[Range] = []
    for ranges in seals.order_by("number").values_list("ranges", flat=True).iterator():
        found += read_ranges(ranges)
    return chain.merged(found)


def _remove(old: list[Range], reason: str) -> int:
    """Remove some of them, in a transaction of their own."""
    with rewriting(reason):
        # Who else removes waits here, and finds what is left.
        state = chain.locked_state()
        there = dict(islice(LOG.rows(old, LOG.columns), STEP))
        if there:
            rows = Action.objects.filter(Among("pk", there)).order_by()
            rows._raw_delete(rows.db)
            digests = b"".join(there.values())
            link = chain.Link(LOG, HistorySeal.Kind.REMOVAL, list(there), digests, reason=reason)
            chain.append([link], since=state)
    return len(there)


@dataclass(frozen=True, slots=True)
class Removed:
    """Numbers that follow one another, removed together; ``place`` is that of the first in the seal's digests."""

    first: int
    last: int
    place: int
    seal: int
    sealed_at: dt.datetime
    columns: str


class Removals:
    """What the chain tells of removed entries: their numbers in memory, what they said read as it is asked for."""

    def __init__(self) -> None:
        self._found: list[Removed] = []
        self._upto = 0
        self._digests: tuple[int, bytes] = (0, b"")
        self.read_on()

    def read_on(self) -> None:
        """Take in what has been removed meanwhile. What a seal says of another table removes nothing from it."""
        seals = HistorySeal.objects.filter(
            kind=HistorySeal.Kind.REMOVAL, table=LOG.table, number__gt=self._upto
        )
        for seal in seals.order_by("number").defer("digests", "before"):
            place = 0
            for first, last in read_ranges(seal.ranges):
                self._found.append(Removed(first, last, place, seal.number, seal.sealed_at, seal.columns))
                place += last - first + 1
            self._upto = seal.number
        self._found.sort(key=lambda removed: removed.first)

    def of(self, key: int) -> Removed | None:
        index = bisect_right(self._found, key, key=lambda removed: removed.first)
        return self._found[index - 1] if index and key <= self._found[index - 1].last else None

    def objection(self, key: int, seal: HistorySeal, sealed: bytes) -> tuple[str, str] | None:
        """What is wrong with an entry of ``seal`` not being there: what happened, and how people say it."""
        removed = self.of(key)
        if removed is None or removed.seal < seal.number:
            return "deleted", "已被删除"
        days: int = settings.ACTION_LOG_LEAST_DAYS
        # A seal of tomorrow does not make anything older today.
        if min(removed.sealed_at, timezone.now()) - seal.sealed_at < dt.timedelta(days=days):
            return "deleted", f"不满{days}天就被删除（封条{removed.seal}）"
        # A version in between may have added a column, which the older digest does not cover.
        if removed.columns == seal.columns and self._said(removed, key) != sealed:
            return "altered", f"在到期清除（封条{removed.seal}）之前已被改动"
        return None

    def _said(self, removed: Removed, key: int) -> bytes:
        if self._digests[0] != removed.seal:
            blob = HistorySeal.objects.values_list("digests", flat=True).get(number=removed.seal)
            self._digests = removed.seal, bytes(blob)
        start = (removed.place + key - removed.first) * SIZE
        return self._digests[1][start : start + SIZE]
