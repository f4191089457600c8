"""Model fields that more than one family uses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models

from ledgers.identifiers import normalize_credit_code


class PlainDecimalFormField(forms.DecimalField):
    """Shows ``80.5`` where the database hands back ``80.5000``."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal) and value.is_finite():
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # A step of 0.0001 makes the arrows of the input useless; the server checks the number of places.
        return super().widget_attrs(widget) | {"step": "any", "inputmode": "decimal"}


class MoneyField(models.DecimalField):
    """An amount in 万元, to the yuan: what a ledger kept in 元 loses nothing when it is converted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PlainDecimalFormField, **kwargs})


class SumField(models.PositiveIntegerField):
    """The sum of other fields of the record, kept so that it can be added up and listed like any other number.

    Worked out on every way into the database, bulk writes included; ``is_derived`` tells imports to write it along.
    """

    is_derived = True

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        kwargs["editable"] = False
        kwargs.setdefault("default", 0)
        super().__init__(*args, **kwargs)
        self.of = of

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> int:
        value = sum(getattr(model_instance, name) or 0 for name in self.of)
        setattr(model_instance, self.attname, value)
        return value


class CreditCodeField(models.CharField):
    """A unified social credit code, kept as printed on the licence: half-width, upper case, no blanks."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return normalize_credit_code(value) if isinstance(value, str) else value

    def formfield(self, **kwargs: Any) -> Any:
        # The form must take more than 18 characters to be able to drop blanks between them.
        return super().formfield(**{"form_class": _CreditCodeFormField, "max_length": 40, **kwargs})


class _CreditCodeFormField(forms.CharField):
    def clean(self, value: Any) -> Any:
        return super().clean(normalize_credit_code(value) if isinstance(value, str) else value)
