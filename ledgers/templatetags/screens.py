"""Small things that the shared templates need and Django's own tags lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import template
from django.apps import apps
from django.core.paginator import Page

from ledgers.registry import Ledger

register = template.Library()


@register.filter
def elided(page: Page[Any]) -> Iterator[str | int]:
    """The page numbers to offer around ``page``: the first, the last, its neighbours, and dots between."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.filter
def is_date_pair(field: Any) -> bool:
    """Whether a bound field draws two inputs side by side, as a date range does."""
    return len(getattr(field.field.widget, "widgets", ())) == 2


@register.filter
def family_label(ledger: Ledger) -> str:
    """What the navigation calls the family of ``ledger``."""
    config = apps.get_app_config(ledger.app_label)
    return getattr(config, "family_label", str(config.verbose_name))
