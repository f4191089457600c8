"""The first page after sign-in: what this role does next."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet, Value
from django.utils import timezone
from django.views.generic import TemplateView

from ledgers.access import Role, Verb
from ledgers.models import ImportBatch
from ledgers.registry import Ledger, ledgers
from ledgers.reminders import reminders_for
from ledgers.views.base import SignedInMixin

#: Entries under “我最近录入和修改的”.
RECENT: Final = 8


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
        """The user's latest entries, newest first, across all ledgers: found by one query, fetched by one a ledger."""
        first, *others = [self._latest(ledger) for ledger in ledgers]
        found = list(first.union(*others, all=True).order_by("-updated_at", "slug", "-pk")[:RECENT])
        wanted: dict[str, list[int]] = {}
        for slug, pk, _ in found:
            wanted.setdefault(slug, []).append(pk)
        records: dict[str, dict[int, Any]] = {}
        for slug, keys in wanted.items():
            ledger = ledgers.get(slug)
            model: Any = ledger.model
            rows = model._default_manager.visible_to(self.user).select_related(*ledger.select_related)
            records[slug] = rows.in_bulk(keys)
        # One that somebody has deleted in between is left out.
        return [(ledgers.get(slug), records[slug][pk]) for slug, pk, _ in found if pk in records[slug]]

    def _latest(self, ledger: Ledger) -> QuerySet[Any, Any]:
        """(slug, key, time) of the user's latest entries in one ledger."""
        model: Any = ledger.model
        mine = model._default_manager.visible_to(self.user).filter(updated_by=self.user)
        # SQLite takes no order and no limit in a part of a union, but in what a part asks for.
        latest = model._base_manager.filter(pk__in=mine.order_by("-updated_at").values("pk")[:RECENT])
        rows: QuerySet[Any, Any] = latest.annotate(slug=Value(ledger.slug)).values_list(
            "slug", "pk", "updated_at"
        )
        return rows
