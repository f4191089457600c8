"""Which record of a unit is in force until when.

A unit's latest counted record stays in force until the next one's quarter ends. A unit that was merged into another
stays in force until that one reports for a quarter that ended on or after the day of the merger, because from then on
the other one's figures include it: the township's total is the same before and after. Where a merger is registered
late, and both have reported for a quarter after it, each for itself, the next quarter takes over. A unit that was
closed without a successor ends on that day.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ledgers.models.units import OrgUnit

if TYPE_CHECKING:
    from ledgers.returns.models import Quarterly


def renew_chains(model: type[Quarterly], unit_ids: Iterable[int]) -> None:
    """Work out ``effective_until`` anew for the records of these units and of those merged into them.

    Call it in the transaction of the write. A handful of queries, whatever the number of units.
    """
    affected = set(unit_ids)
    if not affected:
        return
    closed = {unit.pk: unit for unit in OrgUnit.objects.filter(closed_on__isnull=False)}
    merged = [unit for unit in closed.values() if unit.merged_into_id is not None]
    while more := {unit.pk for unit in merged if unit.merged_into_id in affected} - affected:
        affected |= more
    wanted = affected | {unit.merged_into_id for unit in merged}
    # Two writers of one unit take turns, so that neither works from what the other is about to change.
    list(OrgUnit.objects.select_for_update(no_key=True).filter(pk__in=affected).values_list("pk"))

    records: dict[int, list[Any]] = defaultdict(list)
    counted = model._default_manager.filter(model.counted(), unit__in=wanted)
    for record in counted.only("pk", "unit_id", "period_end", "effective_until").order_by("period_end"):
        records[record.unit_id].append(record)
    ends = {pk: [record.period_end for record in chain] for pk, chain in records.items()}

    changed = []
    for pk in affected:
        chain = records.get(pk, [])
        following = [record.period_end for record in chain[1:]]
        until = [*following, _last_until(closed.get(pk), closed, ends)]
        for record, day in zip(chain, until, strict=False):
            if day is not None and day <= record.period_end:
                # Reported for a quarter after the unit was closed: there is nothing that it could stand for.
                day = record.period_end + dt.timedelta(days=1)
            if record.effective_until != day:
                record.effective_until = day
                changed.append(record)
    # Derived, so neither a version nor a history row of its own.
    model._default_manager.bulk_update(changed, ["effective_until"], batch_size=500)
    if model.counted_states is not None:
        # What was sent back is in force no more.
        idle = model._default_manager.filter(unit__in=affected, effective_until__isnull=False)
        idle.exclude(model.counted()).update(effective_until=None)


def _last_until(
    unit: OrgUnit | None, closed: dict[int, OrgUnit], ends: dict[int, list[dt.date]]
) -> dt.date | None:
    """Until when a unit's last record is in force; None for as long as nothing takes its place."""
    if unit is None or unit.closed_on is None:
        return None
    if unit.merged_into_id is None:
        return unit.closed_on
    since, successor = unit.closed_on, unit.merged_into_id
    own = ends.get(unit.pk, [])
    seen = {unit.pk}
    while successor is not None and successor not in seen:
        reported = (day for day in ends.get(successor, []) if not own or day > own[-1])
        found = next((day for day in reported if day >= since), None)
        if found is not None:
            return found
        seen.add(successor)
        next_unit = closed.get(successor)
        if next_unit is None:
            return None
        if next_unit.merged_into_id is None:
            return next_unit.closed_on
        since = max(since, next_unit.closed_on or since)
        successor = next_unit.merged_into_id
    return None
