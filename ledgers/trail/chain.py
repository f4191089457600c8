"""Appending to the chain of seals: each holds the hash of the one before, and a compare-and-swap keeps it one chain."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from ledgers.models import HistorySeal, SealState
from ledgers.trail.digests import Range, Trail, ranges_of, read_ranges, spelt

START: Final = "0" * 64


class Overtaken(Exception):
    """Somebody else has appended to the chain in the meantime."""


@dataclass(frozen=True, slots=True)
class Link:
    """A seal to be, without its place in the chain."""

    trail: Trail
    kind: str
    keys: Sequence[int]
    digests: bytes
    batch_key: int | None = None
    before: bytes = b""
    reason: str = ""


def hash_of(seal: HistorySeal) -> str:
    """SHA-256 over everything a seal says, the hash of the one before included."""
    told = [
        seal.number,
        seal.previous,
        str(seal.kind),
        seal.table,
        seal.batch_key,
        seal.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        seal.columns,
        seal.ranges,
        seal.count,
        seal.reason,
    ]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())
    for blob in (seal.digests, seal.before):
        digest.update(b"\n%d\n" % len(blob))
        digest.update(blob)
    return digest.hexdigest()


def state() -> SealState:
    """How far the chain has come. Lost, it is worked out again from the seals themselves; asking writes nothing."""
    found = SealState.objects.first()
    if found is not None:
        return found
    fresh = SealState(pk=1)
    last = HistorySeal.objects.order_by("number").last()
    if last is not None:
        fresh.number, fresh.sha256, fresh.version = last.number, last.sha256, last.number
        fresh.tables = _covered()
    return fresh


def locked_state() -> SealState:
    """The same for a transaction that is going to append whatever others do meanwhile: they wait."""
    SealState.objects.get_or_create(pk=1, defaults=_fields(state()))
    return SealState.objects.select_for_update().get(pk=1)


def _fields(of: SealState) -> dict[str, Any]:
    return {name: getattr(of, name) for name in ("version", "number", "sha256", "tables")}


def _covered() -> dict[str, Any]:
    tables: dict[str, Any] = {}
    now = timezone.now().timestamp()
    for name in HistorySeal.objects.order_by().values_list("table", flat=True).distinct():
        covered = coverage(name)
        gaps = [[first, last, now] for first, last in between(covered)]
        tables[name] = {"through": covered[-1][1], "gaps": gaps}
    return tables


def coverage(table: str) -> list[Range]:
    """The rows of ``table`` that are sealed, as few ranges as possible."""
    ranges: list[Range] = []
    sealed = HistorySeal.objects.filter(table=table, kind=HistorySeal.Kind.ROWS).order_by()
    for text in sealed.values_list("ranges", flat=True).iterator():
        ranges += read_ranges(text)
    return merged(ranges)


def merged(ranges: Iterable[Range]) -> list[Range]:
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def between(ranges: Iterable[Range], after: int = 0) -> Iterator[Range]:
    """What ascending ``ranges`` leave out above ``after``."""
    for first, last in ranges:
        if first > after + 1:
            yield after + 1, first - 1
        after = last


@transaction.atomic
def append(links: Sequence[Link], *, since: SealState, tables: dict[str, Any] | None = None) -> SealState:
    """Add seals to the chain as ``since`` knows it; raises Overtaken, in which case nothing is written."""
    number, previous = since.number, since.sha256
    seals = []
    now = timezone.now()
    for link in links:
        number += 1
        seal = HistorySeal(
            number=number,
            previous=previous,
            kind=link.kind,
            table=link.trail.table,
            batch_key=link.batch_key,
            sealed_at=now,
            columns=",".join(link.trail.columns),
            ranges=spelt(ranges_of(link.keys)),
            count=len(link.keys),
            digests=link.digests,
            before=link.before,
            reason=link.reason[:100],
        )
        seal.sha256 = previous = hash_of(seal)
        seals.append(seal)
    grown = SealState(
        pk=since.pk,
        version=since.version + 1,
        number=number,
        sha256=previous,
        tables=since.tables if tables is None else tables,
    )
    SealState.objects.get_or_create(pk=since.pk, defaults=_fields(since))
    moved = SealState.objects.filter(pk=since.pk, version=since.version).update(**_fields(grown))
    if not moved:
        raise Overtaken
    HistorySeal.objects.bulk_create(seals, batch_size=20)
    return grown
