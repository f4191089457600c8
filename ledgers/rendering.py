"""How form widgets are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class FormRenderer(DjangoTemplates):
    """Django's, but for drop-downs: with a template for each option, a county's villages take longer than the page."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name == "django/forms/widgets/select.html":
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: dict[str, Any]) -> SafeString:
    groups = format_html_join("", "{}", ((part,) for part in _groups(widget["optgroups"])))
    return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _groups(groups: list[tuple[Any, list[dict[str, Any]], int]]) -> Iterator[SafeString]:
    for name, options, _ in groups:
        drawn = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options),
        )
        yield format_html('<optgroup label="{}">{}</optgroup>', name, drawn) if name else drawn
