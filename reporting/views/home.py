"""The first page after sign-in, with what the core cannot know: targets and reports."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from ledgers.access import Role, Verb
from ledgers.computing import figures
from ledgers.indicators import indicators
from ledgers.periods import Period
from ledgers.views.home import Home
from reporting.cards import card
from reporting.models import Report
from reporting.pace import progress_of
from reporting.remembered import Remembered, Shown
from reporting.target_panel import TargetPanel, target_panel, where_targets_are_set


class OfficeHome(Home):
    """Leaders start on the dashboard; everyone else on what they do next."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.user.role == Role.LEADER and self.user.unit is not None:
            return redirect("dashboard:show")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.user.can(Verb.VIEW):
            context["targets"] = self.targets()
            context["targets_url"] = where_targets_are_set(self.user)
        if self.user.can(Verb.REPORT):
            context["reports"] = Report.objects.visible_to(self.user).defer("document")[:5]
        return context

    def targets(self) -> TargetPanel:
        """This year's targets of the own unit, and how far they are reached."""
        unit, today = self.user.unit, timezone.localdate()
        if unit is None:
            return TargetPanel(())
        year = Period.containing(today)
        held = indicators.targets(unit, year, [member.code for member in indicators.all()])
        if not held:
            return target_panel(unit, year, (), {})
        shown = Shown(unit, (), list(self.user.units()), [year, year.previous])
        using = Remembered(shown).compute
        found = figures(unit, year, held, using=using)
        progress = progress_of(unit, found.values(), today, using=using)
        cards = {code: card(figure, unit, progress.get(code)) for code, figure in found.items()}
        return target_panel(unit, year, found.values(), cards)
