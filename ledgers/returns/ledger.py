"""What every ledger of quarterly tables declares beside its model, form and sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.urls import URLPattern, path

from ledgers.access import Role
from ledgers.registry import Ledger
from ledgers.returns.composition import Composition
from ledgers.returns.models import Return


class ReturnLedger(Ledger):
    """A return of every village: with the board, the township's review page and the steps."""

    model: ClassVar[type[Return]]
    counts_only = True
    date_field = "period_end"
    search_fields = ("unit__name", "period")
    #: Who accepts, sends back and reopens.
    reviewers: ClassVar[frozenset[str]] = frozenset({Role.OFFICER})
    list_view = "ledgers.returns.views.ReturnList"
    detail_view = "ledgers.returns.views.ReturnDetail"
    create_view = "ledgers.returns.views.ReturnCreate"
    edit_view = "ledgers.returns.views.ReturnEdit"
    delete_view = "ledgers.returns.views.ReturnDelete"

    def extra_urls(self) -> list[URLPattern]:
        from ledgers.returns import views  # views import models, which a registry must not need

        return [
            path("board/", views.Board.as_view(ledger=self), name="board"),
            path("review/", views.Review.as_view(ledger=self), name="review"),
            path("<int:pk>/submit/", views.Submit.as_view(ledger=self), name="submit"),
            path("<int:pk>/send-back/", views.SendBack.as_view(ledger=self), name="send-back"),
            path("<int:pk>/accept/", views.Accept.as_view(ledger=self), name="accept"),
            path("<int:pk>/reopen/", views.Reopen.as_view(ledger=self), name="reopen"),
        ]


class CompositionLedger(Ledger):
    """A township's table by group: made by the township's officer, stored with small groups merged."""

    model: ClassVar[type[Composition]]
    date_field = "period_end"
    counts_only = True
    #: Column total → the indicator of the villages' returns that it must equal.
    balance: ClassVar[Mapping[str, str]] = {}
    search_fields = ("unit__name", "period", "remark")
    writers = frozenset({Role.OFFICER})
    list_view = "ledgers.returns.views.CompositionList"
    detail_view = "ledgers.returns.views.CompositionDetail"
    create_view = "ledgers.returns.views.CompositionCreate"
    edit_view = "ledgers.returns.views.CompositionEdit"
