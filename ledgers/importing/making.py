"""Unsaved records out of the values of rows, many at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import models, router
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

from ledgers.importing.sheets import LedgerSheet
from ledgers.models import Record
from ledgers.registry import Ledger

#: How the attributes of ordinary fields are kept: in the record's dictionary and nowhere else.
_ORDINARY: Final = (DeferredAttribute, ForeignKeyDeferredAttribute)


class RecordMaker:
    """``make(values)`` is ``model(**values)``, without asking every field of the model for every record.

    A model that does more when a record is made is left to make its records itself.
    """

    def __init__(self, model: type[models.Model]) -> None:
        self.model: Any = model
        fields = model._meta.concrete_fields
        self.is_ordinary = (
            model.__init__ is models.Model.__init__
            and not pre_init.has_listeners(model)
            and not post_init.has_listeners(model)
            and all(field.descriptor_class in _ORDINARY for field in fields)
        )
        # A field without a default has a class in its place, which is callable as well.
        called = [field for field in fields if field.has_default() and callable(field.default)]
        self._defaults = {field.attname: field.get_default() for field in fields if field not in called}
        self._called = {field.attname: field.get_default for field in called}
        #: The attribute that holds a field's value; for a related record there is one for its key beside.
        self._attributes = {field.name: field.attname for field in fields}
        self._database = router.db_for_write(model)
        self.related = {field.name for field in fields if isinstance(field, models.ForeignKey)}

    def filled(self, values: Mapping[str, list[Any]], count: int) -> dict[str, list[Any]]:
        """Columns by attribute for ``count`` records from those by field; for None stands the model's default."""
        return {
            attribute: self.column(name, values.get(name), count)
            for name, attribute in self._attributes.items()
        }

    def column(self, name: str, values: list[Any] | None, count: int) -> list[Any]:
        """The attributes of ``count`` records for the field ``name``, given their values or None for no values."""
        if values is not None and None not in values:
            return values
        attribute = self._attributes[name]
        if attribute in self._called:
            defaults = [self._called[attribute]() for _ in range(count)]
        else:
            defaults = [self._defaults[attribute]] * count
        if values is None:
            return defaults
        return [default if value is None else value for value, default in zip(values, defaults, strict=True)]

    def _set(self, record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the record its values; returns those that are records themselves."""
        content = record.__dict__
        content.update(values)
        related = {name: content.pop(name) for name in self.related.intersection(values)}
        for name, value in related.items():
            content[self._attributes[name]] = None if value is None else value.pk
        record._state.fields_cache = related
        return related

    def make(self, values: Mapping[str, Any]) -> Any:
        """A record with ``values`` by field name, and the defaults of the model for all others."""
        if not self.is_ordinary:
            return self.model(**values)
        record = self.model.__new__(self.model)
        state = ModelState()
        content = record.__dict__
        content["_state"] = state
        content.update(self._defaults)
        for attribute, default in self._called.items():
            content[attribute] = default()
        related = self._set(record, values)
        if any(value is not None for value in related.values()):
            state.db = self._database
        return record


def is_written_plainly(ledger: Ledger) -> bool:
    """Whether a new record is the values of its row and the model's defaults, and writing it is all there is to do."""
    model, sheet = ledger.model, ledger.sheet
    assert sheet is not None  # noqa: S101  # a ledger that takes no workbooks has no rows
    return (
        RecordMaker(model).is_ordinary
        and model.clean is models.Model.clean
        and is_inherited(model.after_bulk_write, Record.after_bulk_write)
        and is_inherited(sheet.check, LedgerSheet.check)
        and is_inherited(sheet.beside, LedgerSheet.beside)
        and type(ledger).write_parts is Ledger.write_parts
        and not any(getattr(field, "is_derived", False) for field in model._meta.concrete_fields)
    )


def is_inherited(method: Any, base: Any) -> bool:
    return bool(method.__func__ is base.__func__)
