"""Returns with as few words as possible."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ethnicity.models import PopulationReturn
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.returns.deadlines import due_on
from ledgers.returns.models import Return
from overseas.models import OverseasReturn

ACCEPTED, SUBMITTED, DRAFT = Return.State.ACCEPTED, Return.State.SUBMITTED, Return.State.DRAFT


def states(period: str, state: str, submitted_on: dt.date | None = None) -> dict[str, Any]:
    if state == DRAFT:
        return {"state": state, "submitted_on": submitted_on}
    day = submitted_on or due_on(Period.parse(period))
    return {"state": state, "submitted_on": day, "accepted_on": day if state == ACCEPTED else None}


def population(
    unit: OrgUnit,
    period: str,
    registered: int = 0,
    migrant: int = 0,
    *,
    residents: int | None = 1000,
    state: str = ACCEPTED,
    submitted_on: dt.date | None = None,
    **fields: Any,
) -> PopulationReturn:
    return PopulationReturn.objects.create(
        unit=unit,
        period=period,
        residents=residents,
        registered=registered,
        migrant=migrant,
        **states(period, state, submitted_on),
        **fields,
    )


def overseas(unit: OrgUnit, period: str, *, state: str = ACCEPTED, **counts: int) -> OverseasReturn:
    return OverseasReturn.objects.create(unit=unit, period=period, **states(period, state), **counts)
