"""The dates that several conditions span, so that a query reads those rows and no others.

An aggregate that is narrowed by a condition reads every row of its table and throws most of them away. Where each of
the conditions asks for a range of the same field, the rows outside of all ranges can be left out beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import Q

_RANGE: Final = "__range"


def spanned(conditions: Sequence[Q]) -> Q:
    """A condition that every row of any of ``conditions`` meets; an empty one where nothing is known of them.

    It holds the ranges of the fields that each condition has a range of, from the earliest to the latest.
    """
    ranges = [dict(_ranges(condition)) for condition in conditions]
    if not ranges:
        return Q()
    shared = set(ranges[0]).intersection(*ranges[1:])
    return Q(
        **{
            lookup: (min(each[lookup][0] for each in ranges), max(each[lookup][1] for each in ranges))
            for lookup in sorted(shared)
        }
    )


def _ranges(condition: Q) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Lookup → bounds for the ranges that a condition cannot be met without."""
    if condition.negated or (condition.connector != Q.AND and len(condition.children) > 1):
        return
    for child in condition.children:
        if isinstance(child, Q):
            yield from _ranges(child)
        elif isinstance(child, tuple) and child[0].endswith(_RANGE):
            first, last = child[1]
            # An expression cannot be compared here.
            if (
                type(first) is type(last)
                and hasattr(first, "__lt__")
                and not hasattr(first, "resolve_expression")
            ):
                yield child[0], (first, last)
