"""Suggestions for the enterprise box of the request and contribution forms."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.views.generic import View

from ledgers.views.base import LedgerView

SHOWN = 20


class EnterpriseSuggest(LedgerView, View):
    """``<option>`` elements for up to twenty enterprises within the user's reach that hold what was typed."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = request.GET.get("enterprise", "").replace("\0", "").strip()[:100]
        found = self.records().none()
        if typed:
            found = self.records().filter(Q(name__icontains=typed) | Q(credit_code__startswith=typed.upper()))
        options = found.select_related("unit").order_by("name", "pk")[:SHOWN]
        rows = ((each.name, f"{each.unit}，{each.credit_code}") for each in options)
        return HttpResponse(format_html_join("", '<option value="{}">{}</option>', rows))
