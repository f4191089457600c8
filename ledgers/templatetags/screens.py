"""Small things that the shared templates need and Django's own tags lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms, template
from django.apps import apps
from django.core.paginator import Page
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ledgers import unsaved
from ledgers.registry import Ledger

register = template.Library()


@register.filter
def elided(page: Page[Any]) -> Iterator[str | int]:
    """The page numbers to offer around ``page``: the first, the last, its neighbours, and dots between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag(takes_context=True)
def other_parameters(context: Any, *names: str) -> str:
    """``&`` and the parameters of the page's address but for ``names``, to stand behind one of these in a link."""
    data = context["request"].GET.copy()
    for name in names:
        data.pop(name, None)
    return f"&{data.urlencode()}" if data else ""


@register.simple_tag
def filter_input(field: BoundField, css_class: str) -> SafeString:
    """The input of a filter; crispy's tag copies the field and asks its widget a dozen questions."""
    return field.as_widget(attrs={"class": f"{css_class} is-invalid" if field.errors else css_class})


@register.filter
def is_date_pair(field: Any) -> bool:
    """Whether a bound field draws two inputs side by side, as a date range does."""
    return len(getattr(field.field.widget, "widgets", ())) == 2


@register.filter
def family_label(ledger: Ledger) -> str:
    """What the navigation calls the family of ``ledger``."""
    config = apps.get_app_config(ledger.app_label)
    return getattr(config, "family_label", str(config.verbose_name))


@register.simple_tag(takes_context=True)
def keeps_typed(context: Any, form: forms.BaseForm | None = None, page: str = "") -> SafeString | str:
    """In a form in which people write: what they typed is there again when the session had ended meanwhile.

    ``page`` shows it then, where that is not the page of the form. Nothing for a form that asks for a password.
    """
    fields = form.fields.values() if form is not None else ()
    if any(isinstance(field.widget, forms.PasswordInput) for field in fields):
        return ""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', unsaved.MARK, unsaved.mark(context["request"], page)
    )


@register.inclusion_tag("components/carried.html", takes_context=True)
def carries_on(context: Any, *, silent: bool = False) -> dict[str, Any]:
    """In the form of a step on the way in: hands on what was typed before it, and says so unless ``silent``."""
    token = unsaved.sealed(context["request"])
    until = unsaved.kept_until(token) if token and not silent else None
    return {"name": unsaved.CARRIED, "token": token, "until": until}
