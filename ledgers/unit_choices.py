"""Choosing a unit from a drop-down that shows the tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.safestring import mark_safe

from ledgers.models.units import OrgUnitQuerySet, indented
from ledgers.rendering import escaped


class UnitSelect(forms.Select):
    """A drop-down of all the units of a county: its hundreds of options are written in one go."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = forms.Widget.get_context(self, name, value, attrs)
        chosen = context["widget"]["value"]
        options = (
            f'<option value="{key}"{" selected" if str(key) in chosen else ""}>{escaped(label)}</option>'
            for key, label in self.choices
        )
        # Keys are numbers, and names are escaped.
        context["widget"]["drawn"] = mark_safe("".join(options))  # noqa: S308
        return context


class _UnitChoices(ModelChoiceIterator):
    """Keys and names only, without a model instance for each."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for key, depth, name in self.queryset.values_list("pk", "depth", "name"):
            yield key, indented(name, depth)


def offer_units(field: Any, units: OrgUnitQuerySet) -> None:
    """Let a field that chooses a unit offer ``units``, each indented below the one it belongs to."""
    if not field.widget.is_hidden:
        field.widget = UnitSelect(field.widget.attrs)
        field.widget.is_required = field.required
    field.iterator = _UnitChoices
    field.queryset = units
