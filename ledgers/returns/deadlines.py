"""When a return is due: so many days after the quarter's end, unless the office has set a day for that quarter."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

from ledgers.periods import Period

#: Quarters offered in forms, newest first: three years.
OFFERED = 12


def due_on(period: Period) -> dt.date:
    """The last day on which the return of ``period`` is in time."""
    set_day: dt.date | None = settings.RETURN_DUE_DATES.get(str(period))
    return set_day or period.last_day + dt.timedelta(days=settings.RETURN_DUE_DAYS)


def last_quarter(today: dt.date | None = None) -> Period:
    """The quarter that ended last: the one that returns are made for."""
    return Period.containing(today or timezone.localdate(), "quarter").previous


def quarters_offered(today: dt.date | None = None) -> list[Period]:
    """Quarters that have ended, newest first."""
    return list(reversed(list(last_quarter(today).back(OFFERED))))
