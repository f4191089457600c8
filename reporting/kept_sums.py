"""Sums of slices (``ledgers.slices``) that are remembered and brought up to date by what has changed since.

An office enters something every few seconds, and what a county adds up is mostly years that nobody touches any more.
The history says which records have changed, and where they were before: only the units and the time these belong to
are added up again. Whatever is not plain is added up anew: too many changes, a history row that was committed later
than one with a higher number, a record whose beginning the history does not know.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q

from ledgers.models import Record
from ledgers.slices import Place, Slicing, Sums
from ledgers.states import NEWEST, newest_in

#: With more changed records than this, adding up anew is as fast.
_CHANGED: Final = 500

#: Of a date, the first and the last slice that is to be added up again; None for all and for no date.
Bounds = tuple[int, int] | None


@dataclass(frozen=True)
class KeptSums:
    """``sums`` as of a ``state`` of the history (``ledgers.states``); all of them were counted at ``made_at``."""

    sums: Sums
    state: str
    made_at: float


def sums_of(
    model: type[Record], slicing: Slicing, anchors: Mapping[int, int | None], *, key: str, state: str
) -> Sums:
    """``slicing.sums`` of the records of the units that ``anchors`` names, remembered under ``key``.

    ``state`` has been read before. Nothing is used for longer than FIGURES_KEPT_SECONDS after all was counted.
    """
    kept: KeptSums | None = cache.get(key)
    if kept is not None and kept.state == state:
        return kept.sums
    found = _renewed(kept, model, slicing, anchors, state) if kept is not None else None
    if found is None:
        sums = slicing.sums(model._default_manager.filter(unit__in=anchors), anchors)
        found = KeptSums(sums, state, time.time())
    cache.set(key, found, found.made_at + settings.FIGURES_KEPT_SECONDS - time.time())
    return found.sums


def _renewed(
    kept: KeptSums, model: type[Record], slicing: Slicing, anchors: Mapping[int, int | None], state: str
) -> KeptSums | None:
    """What was kept, with what has changed since added up again; None where that cannot be told."""
    history: Any = model.history.model._default_manager.order_by()
    newest, among_newest = newest_in(kept.state)
    rows = list(
        history.filter(history_id__gt=newest - NEWEST).values_list("history_id", "id")[: NEWEST + _CHANGED]
    )
    changed = {pk for number, pk in rows if number > newest}
    if len(rows) == NEWEST + _CHANGED or sum(number <= newest for number, _ in rows) != among_newest:
        return None
    past = list(history.filter(id__in=changed).values_list("id", "history_type", "unit_id", *slicing.cuts))
    if changed != {pk for pk, kind, *_ in past if kind == "+"}:
        return None
    here = [(anchors[unit], slicing.place_of(days)) for _, _, unit, *days in past if unit in anchors]
    if not here:
        return replace(kept, state=state)
    again = {anchor for anchor, _ in here}
    bounds = _bounds([place for _, place in here])
    units = [unit for unit, anchor in anchors.items() if anchor in again]
    sums = {
        anchor: {
            place: numbers
            for place, numbers in by_place.items()
            if anchor not in again or not _is_inside(place, bounds)
        }
        for anchor, by_place in kept.sums.items()
    }
    found = model._default_manager.filter(_inside(bounds, slicing), unit__in=units)
    for anchor, by_place in slicing.sums(found, anchors).items():
        sums.setdefault(anchor, {}).update(by_place)
    return KeptSums(sums, state, kept.made_at)


def _bounds(places: list[Place]) -> list[Bounds]:
    found: list[Bounds] = []
    for numbers in zip(*places, strict=True):
        known = [number for number in numbers if number is not None]
        found.append((min(known), max(known)) if len(known) == len(numbers) else None)
    return found


def _is_inside(place: Place, bounds: list[Bounds]) -> bool:
    return all(
        each is None or (number is not None and each[0] <= number <= each[1])
        for number, each in zip(place, bounds, strict=True)
    )


def _inside(bounds: list[Bounds], slicing: Slicing) -> Q:
    """The condition on records that ``_is_inside`` is on places."""
    found = Q()
    for each, (name, cuts) in zip(bounds, slicing.cuts.items(), strict=True):
        if each is not None:
            first, last = each
            found &= Q(**{f"{name}__gte": cuts[first - 1]}) if first else Q(**{f"{name}__isnull": False})
            found &= Q(**{f"{name}__lt": cuts[last]}) if last < len(cuts) else Q()
    return found
