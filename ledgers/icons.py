"""The tags of heroicons, each icon drawn once: the library copies and prints a tree each time, thirty times a page.

Settings give this module the name ``heroicons`` in templates, so these say what the library's own documentation says.
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from heroicons.templatetags import heroicons

register = template.Library()

for _tag in (
    heroicons.heroicon_micro,
    heroicons.heroicon_mini,
    heroicons.heroicon_outline,
    heroicons.heroicon_solid,
):
    register.simple_tag(lru_cache(maxsize=512)(_tag), name=_tag.__name__)
