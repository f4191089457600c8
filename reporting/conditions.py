"""Several indicators of one ledger in one query: which of them does a record count in?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import BooleanField, Case, Q, Value, When

#: An empty Q means all records, but is not accepted as the condition of a CASE.
_ALL = Q(pk__isnull=False)


def any_of(conditions: Sequence[Q]) -> Q:
    """The records that meet at least one of the conditions."""
    return reduce(or_, (condition or _ALL for condition in conditions))


def flags_of(conditions: Sequence[Q]) -> dict[str, Case]:
    """Annotations, in the order of the conditions, that say whether a record meets each of them."""
    return {
        f"counts_in_{number}": Case(
            When(condition or _ALL, then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        for number, condition in enumerate(conditions)
    }
