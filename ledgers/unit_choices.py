"""Choosing a unit from a drop-down that shows the tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.forms.models import ModelChoiceIterator

from ledgers.models.units import OrgUnitQuerySet, indented


class _UnitChoices(ModelChoiceIterator):
    """Keys and names only: a county has hundreds of units, and a list page shows them all."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for key, depth, name in self.queryset.values_list("pk", "depth", "name"):
            yield key, indented(name, depth)


def offer_units(field: Any, units: OrgUnitQuerySet) -> None:
    """Let a field that chooses a unit offer ``units``, each indented below the one it belongs to."""
    field.iterator = _UnitChoices
    field.queryset = units
