"""Choosing a record of another ledger in a form: a text box with suggestions instead of an endless drop-down.

It works as a plain box without JavaScript, and with thousands of records. The page carries none of them.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.views.generic import View

from ledgers.models import Record
from ledgers.views.base import LedgerView

SHOWN = 20
# What tells two records of one name apart: 「代表甲 #12」.
_NUMBERED = re.compile(r"(?:.*\s)?#(\d{1,17})")


class RecordInput(forms.TextInput):
    template_name = "ledgers/record_input.html"

    def __init__(self, slug: str, placeholder: str) -> None:
        super().__init__(attrs={"placeholder": placeholder, "autocomplete": "off"})
        self.slug = slug

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["suggest_url"] = f"{reverse(f'{self.slug}:suggest')}?field={name}"
        return context


def label_of(record: Any) -> str:
    """What a record is called outside its own ledger: its ``label`` where it has one, else its name."""
    return str(getattr(record, "label", record))


def note_of(record: Any) -> str:
    """What the suggestions say beside the name: its ``chooser_note`` where it has one, else its unit."""
    return str(getattr(record, "chooser_note", record.unit))


class RecordField(forms.ModelChoiceField):
    """A record, named by its label, by a number of its own, or by its key, as a link carries it.

    Subclasses say how: ``named`` gives the condition for a text that somebody has typed. RecordForm narrows
    ``queryset`` to the user's reach: a record outside it is unknown here.
    """

    slug: ClassVar[str]
    noun: ClassVar[str]
    hint: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["widget"] = RecordInput(self.slug, f"输入{self.hint}")
        super().__init__(*args, **kwargs)
        self.error_messages = {
            **self.error_messages,
            "unknown": f"没有找到这{self.noun}，请填写台账中的{self.hint}；台账里没有的请先登记。",
            "ambiguous": f"有几{self.noun}同名，请从提示中选择带编号的一项。",
        }

    def named(self, text: str) -> Q:
        raise NotImplementedError

    def has_any(self) -> bool:
        """Whether there is anything to name within the user's reach."""
        return self.queryset is not None and self.queryset.exists()

    def prepare_value(self, value: Any) -> Any:
        """The name for a key, as a link or a saved record carries it; text is shown again as it was typed."""
        if isinstance(value, Record):
            return self.shown(value)
        if isinstance(value, int) or (isinstance(value, str) and _is_key(value)):
            found = self.queryset.filter(pk=int(value)).first()  # type: ignore[union-attr]
            return self.shown(found) if found else ""
        return value

    def shown(self, record: Any) -> str:
        """The record's name, with its number when others of the same name are within reach."""
        others: Any = self.queryset
        label = label_of(record)
        alike = others.filter(self.named(label)).exclude(pk=record.pk).exists()
        return f"{label} #{record.pk}" if alike else label

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value).replace("\0", "").strip()
        numbered = _NUMBERED.fullmatch(text)
        number = numbered[1] if numbered else text if _is_key(text) else ""
        condition = Q(pk=int(number)) if number else self.named(text)
        reach: Any = self.queryset
        found = list(reach.filter(condition)[:2])
        if len(found) != 1:
            code = "ambiguous" if found else "unknown"
            raise ValidationError(self.error_messages[code], code=code)
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            now = self.to_python(data)
        except ValidationError:
            return True
        return (now.pk if now else None) != (initial.pk if isinstance(initial, Record) else initial)


def _is_key(text: str) -> bool:
    # No record is named by digits alone, but a credit code may be: it has eighteen, more than a key ever needs.
    return text.isdecimal() and len(text) < 18


class RecordSuggest(LedgerView, View):
    """``<option>`` elements for up to twenty records within the user's reach that hold what was typed.

    Records of one name carry their number, by which the form knows them.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = request.GET.get(request.GET.get("field", ""), "").replace("\0", "").strip()[:100]
        records: list[Any] = []
        if typed:
            matching = self.get_queryset().filter(self.ledger.matching(typed))
            records = list(matching.order_by(*self.ledger.ordering)[:SHOWN])
        names = [label_of(record) for record in records]
        rows = (
            (f"{name} #{record.pk}" if names.count(name) > 1 else name, note_of(record))
            for name, record in zip(names, records, strict=True)
        )
        return HttpResponse(format_html_join("", '<option value="{}">{}</option>', rows))
