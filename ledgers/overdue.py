"""Records that are to be settled by a day: which of them are late today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Deadline:
    """``due`` and ``done`` are date fields of a ledger; ``days`` may go by after ``due`` until a record is late.

    ``words`` is what a late record is called. The ledger's list shows these records for ``?state=`` ``state``.
    """

    due: str
    done: str
    words: str
    days: int = 0
    state: str = "overdue"

    def late(self, today: dt.date) -> Q:
        """Condition of what is late: measured today, unlike the figures of a period, because it is a to-do list."""
        last = today - dt.timedelta(days=self.days)
        return Q(**{f"{self.done}__isnull": True, f"{self.due}__lt": last})
