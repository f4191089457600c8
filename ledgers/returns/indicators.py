"""Figures that every return has: how many are due, how many have come, and how many of these were late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from django.db.models import Q

from ledgers.indicators import FLOW, Number, count, indicator
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.returns.deadlines import due_on
from ledgers.returns.models import Return


def declare_return_indicators(family: str, model: type[Return], *, label: str) -> None:
    """Declare ``<family>.returns_due``, ``.returns_submitted`` and ``.returns_late`` of one return."""

    def due(
        units: Sequence[OrgUnit], periods: Sequence[Period]
    ) -> Mapping[tuple[int, Period], Number | None]:
        """Villages open at the end of each quarter, from the units: who has not begun has no record."""
        reach = reduce(or_, (Q(path__startswith=unit.path) for unit in units), Q(pk__in=[]))
        villages = list(
            OrgUnit.objects.filter(reach, level=model.level).order_by().values_list("path", "closed_on")
        )
        return {
            (unit.pk, period): sum(
                closed_on is None or closed_on > quarter.last_day
                for path, closed_on in villages
                if path.startswith(unit.path)
                for quarter in period.quarters
            )
            for unit in units
            for period in periods
        }

    @indicator(
        f"{family}.returns_due",
        f"{label}应报",
        unit="张",
        kind=FLOW,
        records=model,
        aggregate=replace(
            count(),
            additive=False,
            derive=due,
            words="每个季度末每个未撤销的村（社区）应报1张；下面是已经开始填写的",
        ),
        synonyms=(f"应报{label}",),
        phrase=f"{label}应报{{}}",
        is_paperwork=True,
    )
    def returns_due(period: Period) -> Q:
        return Q(period_end__range=period.days)

    @indicator(
        f"{family}.returns_submitted",
        f"{label}已报",
        unit="张",
        kind=FLOW,
        records=model,
        aggregate=count(),
        synonyms=(f"已报{label}", f"报送{label}"),
        phrase=f"已报{label}{{}}",
        is_paperwork=True,
    )
    def returns_submitted(period: Period) -> Q:
        return model.reported_for(period)

    @indicator(
        f"{family}.returns_late",
        f"{label}迟报",
        unit="张",
        kind=FLOW,
        records=model,
        aggregate=count(),
        synonyms=(f"迟报{label}", f"逾期报送{label}"),
        phrase=f"迟报{label}{{}}",
        is_paperwork=True,
    )
    def returns_late(period: Period) -> Q:
        late = (Q(period=str(quarter), submitted_on__gt=due_on(quarter)) for quarter in period.quarters)
        return model.counted() & reduce(or_, late, Q(pk__in=[]))
