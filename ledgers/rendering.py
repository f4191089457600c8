"""How form widgets are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe


class FormRenderer(DjangoTemplates):
    """Django's, but for drop-downs: with a template for each option, a county's villages take longer than the page."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    parts: list[str] = []
    for name, options, _ in widget["optgroups"]:
        drawn: Iterable[str] = map(_option, options)
        if name:
            drawn = (format_html('<optgroup label="{}">', name), *drawn, "</optgroup>")
        parts.extend(drawn)
    opening = format_html('<select name="{}"{}>', widget["name"], flatatt(widget["attrs"]))
    # Each part is escaped where it is made.
    return mark_safe(f"{opening}{''.join(parts)}</select>")  # noqa: S308


def _option(option: dict[str, Any]) -> str:
    value, label = conditional_escape(str(option["value"])), conditional_escape(option["label"])
    attributes = flatatt(option["attrs"]) if option["attrs"] else ""
    return f'<option value="{value}"{attributes}>{label}</option>'
