"""How form widgets and cells are drawn."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


class FormRenderer(DjangoTemplates):
    """Django's, but for drop-downs: with a template for each option, a county's villages take longer than the page."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    parts: list[str] = [widget.get("drawn", "")]
    for name, options, _ in widget.get("optgroups", ()):
        drawn: Iterable[str] = map(_option, options)
        if name:
            drawn = (format_html('<optgroup label="{}">', name), *drawn, "</optgroup>")
        parts.extend(drawn)
    opening = format_html('<select name="{}"{}>', widget["name"], flatatt(widget["attrs"]))
    # Each part is escaped where it is made.
    return mark_safe(f"{opening}{''.join(parts)}</select>")  # noqa: S308


def escaped(value: Any) -> str:
    """Django's ``conditional_escape`` for the hundreds of texts of one page: without asking first, which takes longer
    than escaping does, whether the text is a translation that is yet to be made."""
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


def _option(option: dict[str, Any]) -> str:
    value, label = escaped(str(option["value"])), escaped(option["label"])
    attributes = flatatt(option["attrs"]) if option["attrs"] else ""
    return f'<option value="{value}"{attributes}>{label}</option>'
