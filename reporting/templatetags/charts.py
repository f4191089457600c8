"""Draw a chart in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.safestring import SafeString

from reporting.charts import svg

if TYPE_CHECKING:
    from reporting.dashboards import Chart

register = template.Library()


@register.simple_tag
def chart(drawn: Chart) -> SafeString:
    """The chart as an ``<svg>`` element, with its figures as text for a screen reader."""
    return svg(drawn.spec, drawn.alt)
