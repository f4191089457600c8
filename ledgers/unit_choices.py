"""Choosing a unit from a drop-down that shows the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ledgers.models.units import OrgUnit, OrgUnitQuerySet, indented
from ledgers.rendering import escaped


class UnitSelect(forms.Select):
    """A drop-down of all the units of a county: its hundreds of options are written in one go."""

    #: Writes all the options, none of them selected.
    written: Callable[[], SafeString]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = forms.Widget.get_context(self, name, value, attrs)
        drawn: str = self.written()
        for chosen in context["widget"]["value"]:
            # What was chosen and is not among them is found nowhere, and nothing of it gets into the page.
            drawn = drawn.replace(f'<option value="{chosen}">', f'<option value="{chosen}" selected>', 1)
        context["widget"]["drawn"] = mark_safe(drawn)  # noqa: S308
        return context


class _UnitChoices(ModelChoiceIterator):
    """Keys and names only, without a model instance for each."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from named(self.queryset)


def named(units: QuerySet[OrgUnit]) -> Iterator[tuple[int, str]]:
    """(key, name, indented as a tree) of each unit."""
    for key, depth, name in units.values_list("pk", "depth", "name"):
        yield key, indented(name, depth)


def tree_options(units: QuerySet[OrgUnit]) -> SafeString:
    """The units as options of a drop-down, none of them selected."""
    drawn = (f'<option value="{key}">{escaped(name)}</option>' for key, name in named(units))
    return mark_safe("".join(drawn))  # noqa: S308 - keys are numbers, and names are escaped


def offer_units(field: Any, units: OrgUnitQuerySet, options: Callable[[], SafeString] | None = None) -> None:
    """Let a field that chooses a unit offer ``units``, each indented below the one it belongs to.

    ``options`` gives them where somebody has them written already.
    """

    def written() -> SafeString:
        empty = format_html('<option value="">{}</option>', field.empty_label)
        # Asked of the field, whose units a form may narrow afterwards.
        units = options() if options else tree_options(field.queryset)
        return units if field.empty_label is None else empty + units

    if not field.widget.is_hidden:
        field.widget = UnitSelect(field.widget.attrs)
        field.widget.is_required = field.required
        field.widget.written = written
    field.iterator = _UnitChoices
    field.queryset = units
