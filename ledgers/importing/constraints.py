"""A model's CHECK constraints, judged in Python.

``CheckConstraint.validate`` asks the database once per row and constraint, which an import cannot afford. The few
lookups that constraints of ledgers use are judged here; one that is not known here is left to the database, which
refuses the whole import in case of doubt.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any, Final

from django.db import models
from django.db.models import F, Q

#: Whether a record keeps a condition. Three-valued, as SQL has it: None is unknown.
Judge = Callable[[Any], bool | None]


#: Different values of a constraint's fields that are kept in mind.
_REMEMBERED: Final = 50_000


class _UnknownLookup(Exception):
    pass


_LOOKUPS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, other: value in other,
    "range": lambda value, other: bool(other[0] <= value <= other[1]),
}


def broken(instance: models.Model, known: Collection[str] = ()) -> Iterator[str]:
    """The messages of the instance's CHECK constraints that it breaks.

    Constraints about fields whose problems are ``known`` are passed over, as in a form: they would say it twice.
    """
    for judge, constraint in _judged(type(instance)):
        # SQL: a constraint is broken only by false; unknown passes.
        if judge(instance) is False and (
            not known or constraint.condition.referenced_base_fields.isdisjoint(known)  # type: ignore[union-attr]
        ):
            yield str(constraint.get_violation_error_message())


class Broken:
    """Looks for broken constraints in columns of values; the same values are judged once."""

    def __init__(self, model: type[models.Model]) -> None:
        self._passed: list[tuple[list[str], Judge, set[tuple[Any, ...]]]] = [
            (sorted(constraint.condition.referenced_base_fields), judge, set())  # type: ignore[union-attr]
            for judge, constraint in _judged(model)
        ]
        self._attributes = {field.name: field.attname for field in model._meta.concrete_fields}

    def in_any(self, column: Callable[[str], Sequence[Any]]) -> bool:
        """Whether any row breaks a constraint; ``column`` gives the values of a field as records have them."""
        for names, judge, passed in self._passed:
            attributes = [self._attributes[name] for name in names]
            different = set(zip(*map(column, names), strict=True)) - passed
            for values in different:
                if judge(SimpleNamespace(**dict(zip(attributes, values, strict=True)))) is False:
                    return True
            if len(passed) < _REMEMBERED:
                passed |= different
        return False


@cache
def _judged(model: type[models.Model]) -> Sequence[tuple[Judge, models.CheckConstraint]]:
    """The constraints that can be judged here, each with its judge: put together once, asked for every row."""
    found = []
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            try:
                found.append((_judge(constraint.condition, model), constraint))
            except _UnknownLookup:
                continue
    return found


def _judge(condition: Any, model: type[models.Model]) -> Judge:
    if not isinstance(condition, Q) or condition.connector not in (Q.AND, Q.OR):
        raise _UnknownLookup
    parts = [
        _judge(child, model) if isinstance(child, Q) else _comparison(child, model)
        for child in condition.children
    ]
    # One part that decides it: a false one of several that must all hold, a true one of several alternatives.
    decisive = condition.connector == Q.OR

    def judge(instance: Any) -> bool | None:
        judged: bool | None = not decisive
        for part in parts:
            found = part(instance)
            if found is decisive:
                return decisive
            if found is None:
                judged = None
        return judged

    joined = parts[0] if len(parts) == 1 else judge
    return _opposite(joined) if condition.negated else joined


def _opposite(judge: Judge) -> Judge:
    def opposite(instance: Any) -> bool | None:
        judged = judge(instance)
        return None if judged is None else not judged

    return opposite


def _comparison(child: Any, model: type[models.Model]) -> Judge:
    if not isinstance(child, tuple):
        raise _UnknownLookup
    path, other = child
    name, _, lookup = path.partition("__")
    lookup = lookup or "exact"
    value = _value(name, model)
    if lookup == "isnull":
        return lambda instance: (value(instance) is None) == other
    if isinstance(other, F):
        compared = _value(str(other.name), model)  # type: ignore[attr-defined]  # missing in django-stubs
    elif hasattr(other, "resolve_expression"):
        raise _UnknownLookup
    else:
        compared = lambda instance: other  # noqa: E731
    if lookup not in _LOOKUPS:
        raise _UnknownLookup
    compare = _LOOKUPS[lookup]

    def judge(instance: Any) -> bool | None:
        left, right = value(instance), compared(instance)
        return None if left is None or right is None else compare(left, right)

    return judge


def _value(name: str, model: type[models.Model]) -> Callable[[Any], Any]:
    if "__" in name:
        raise _UnknownLookup
    return operator.attrgetter(model._meta.get_field(name).attname)  # type: ignore[union-attr]
