"""Asking for pages and filling in forms the way a browser would, without knowing the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledgers.models import User
from ledgers.registry import Ledger


def queries(call: Callable[[], Any]) -> int:
    """How many queries ``call`` asks."""
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def body(response: Any) -> bytes:
    """All of an answer, streamed or not. Reading a file to its end is what closes it in the test client."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def form_data(ledger: Ledger, record: Any, user: User) -> dict[str, str]:
    """What a browser sends for the edit form of ``record`` when nothing is changed; hidden fields left out."""
    form = ledger.form(instance=record, user=user)
    data = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if field.widget.is_hidden or value is None or value is False:
            continue
        data[name] = "on" if value is True else str(value)
    for formset in getattr(form, "formsets", ()):
        data |= rows_data(formset)
    return data


def rows_data(formset: Any) -> dict[str, str]:
    """What a browser sends for the rows of a formset when all of them are new."""
    data = {f"{formset.prefix}-TOTAL_FORMS": str(len(formset.forms)), f"{formset.prefix}-INITIAL_FORMS": "0"}
    for field in (field for row in formset.forms for field in row.visible_fields()):
        value = field.value()
        if value not in (None, False, ""):
            data[field.html_name] = "on" if value is True else str(value)
    return data


def hidden_value(client: Client, url: str, name: str) -> str:
    """The value of the hidden input ``name`` on the page at ``url``."""
    page = client.get(url).content.decode()
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag is not None, f"{url} has no hidden field {name}"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value is not None
    return value[1]


def edited_field(ledger: Ledger, record: Any, user: User) -> tuple[str, str]:
    """A free-text field of the form and a new, valid text for it."""
    form = ledger.form(instance=record, user=user)
    for name, field in form.fields.items():
        if type(field) is forms.CharField and not field.widget.is_hidden:
            return name, "经核对后改过的内容"
    raise AssertionError(f"{ledger.slug}: no text field to edit; name one in this test")
