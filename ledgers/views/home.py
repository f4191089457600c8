"""The first page after sign-in: what this role does next."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.views.generic import TemplateView

from ledgers.access import Role, Verb
from ledgers.models import ImportBatch
from ledgers.registry import Ledger, ledgers
from ledgers.reminders import reminders_for
from ledgers.views.base import SignedInMixin


class Home(SignedInMixin, TemplateView):
    verb = None

    def get_template_names(self) -> list[str]:
        return [f"home/{self.user.role}.html", "home/home.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.user
        context = super().get_context_data(**kwargs)
        context["reminders"] = reminders_for(user, timezone.localdate())
        if user.can(Verb.VIEW):
            context |= {
                "writable": [ledger for ledger in ledgers if user.can(Verb.ADD, ledger)],
                "recent": self._recent(),
                "is_clerk": user.role == Role.CLERK,
            }
        if user.can(Verb.IMPORT):
            context["imports"] = ImportBatch.objects.visible_to(user)[:5]
        return context

    def _recent(self) -> list[tuple[Ledger, Any]]:
        """The user's latest entries, newest first, across all ledgers."""
        found: list[tuple[Ledger, Any]] = []
        for ledger in ledgers:
            model: Any = ledger.model
            mine = model._default_manager.visible_to(self.user).filter(updated_by=self.user)
            found += [(ledger, record) for record in mine.order_by("-updated_at")[:5]]
        return sorted(found, key=lambda pair: pair[1].updated_at, reverse=True)[:8]
