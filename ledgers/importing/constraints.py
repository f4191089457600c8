"""A model's CHECK constraints, judged in Python.

``CheckConstraint.validate`` asks the database once per row and constraint, which an import cannot afford. The few
lookups that constraints of ledgers use are judged here; one that is not known here is left to the database, which
refuses the whole import in case of doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from django.db import models
from django.db.models import F, Q


class _UnknownLookup(Exception):
    pass


_LOOKUPS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "exact": lambda value, other: bool(value == other),
    "gt": lambda value, other: bool(value > other),
    "gte": lambda value, other: bool(value >= other),
    "lt": lambda value, other: bool(value < other),
    "lte": lambda value, other: bool(value <= other),
    "in": lambda value, other: value in other,
    "range": lambda value, other: bool(other[0] <= value <= other[1]),
}


def broken(instance: models.Model, known: Collection[str] = ()) -> Iterator[str]:
    """The messages of the instance's CHECK constraints that it breaks.

    Constraints about fields whose problems are ``known`` are passed over, as in a form: they would say it twice.
    """
    for constraint in instance._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            if known and not constraint.condition.referenced_base_fields.isdisjoint(known):  # type: ignore[union-attr]
                continue
            try:
                holds = _judge(constraint.condition, instance)
            except _UnknownLookup:
                continue
            # SQL: a constraint is broken only by false; unknown passes.
            if holds is False:
                yield str(constraint.get_violation_error_message())


def _judge(condition: Any, instance: models.Model) -> bool | None:
    """Three-valued, as SQL has it: None is unknown."""
    if not isinstance(condition, Q):
        raise _UnknownLookup
    judged: bool | None = condition.connector != Q.OR
    for child in condition.children:
        found = _judge(child, instance) if isinstance(child, Q) else _compare(child, instance)
        judged = _join(condition.connector, judged, found)
    return judged if not condition.negated or judged is None else not judged


def _join(connector: str, left: bool | None, right: bool | None) -> bool | None:
    if connector == Q.AND:
        if left is False or right is False:
            return False
        return None if left is None or right is None else True
    if connector == Q.OR:
        if left or right:
            return True
        return None if left is None or right is None else False
    raise _UnknownLookup


def _compare(child: Any, instance: models.Model) -> bool | None:
    if not isinstance(child, tuple):
        raise _UnknownLookup
    path, other = child
    name, _, lookup = path.partition("__")
    lookup = lookup or "exact"
    value = _value(name, instance)
    if lookup == "isnull":
        return (value is None) == other
    if isinstance(other, F):
        other = _value(str(other.name), instance)  # type: ignore[attr-defined]  # missing in django-stubs
    elif hasattr(other, "resolve_expression"):
        raise _UnknownLookup
    if lookup not in _LOOKUPS:
        raise _UnknownLookup
    if value is None or other is None:
        return None
    return _LOOKUPS[lookup](value, other)


def _value(name: str, instance: models.Model) -> Any:
    if "__" in name:
        raise _UnknownLookup
    return getattr(instance, instance._meta.get_field(name).attname)  # type: ignore[union-attr]
