"""What all views of one ledger share: the ledger, the signed-in user, the scope and the verb."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.generic.base import ContextMixin

from ledgers import unsaved
from ledgers.access import Verb
from ledgers.models import Record, RecordQuerySet, User
from ledgers.registry import Ledger
from ledgers.signin import send_to


class SignedInMixin(LoginRequiredMixin):
    """A signed-in user whose role has ``verb``; ``None`` lets every role in, to what is the user's own.

    Every view says its verb: one that forgets to is refused at start (``ledgers.checks``) and lets nobody in.
    """

    verb: ClassVar[Verb | None]
    #: Whether the page is a step on the way in, which hands on what was typed before it (``ledgers.unsaved``).
    is_step: ClassVar[bool] = False
    #: Django's form views take PUT for POST, with nothing in it.
    http_method_names: Sequence[str] = ("get", "post", "head", "options")
    request: HttpRequest

    @property
    def user(self) -> User:
        return cast(User, self.request.user)  # dispatch() has turned anonymous users away

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if self.verb is not None and not self.allowed(self.verb):
            raise PermissionDenied
        if request.method == "POST" and unsaved.is_shown_again(request) and not self.is_step:
            return self.show_again(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def handle_no_permission(self) -> HttpResponse:  # type: ignore[override]
        return unsaved.hold(self.request, "login") or send_to(self.request, self.get_login_url())

    def show_again(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, with what was typed before the session ended. Nothing is saved."""
        show = getattr(self, "show_typed", None) or getattr(self, "get", None)
        if show is None or not unsaved.take_out(request):
            return redirect(request.get_full_path() if hasattr(self, "get") else "home")
        response: HttpResponseBase = show(request, *args, **kwargs)
        return response

    def allowed(self, verb: Verb) -> bool:
        return self.user.can(verb)


class LedgerView(SignedInMixin, ContextMixin):
    """A view of one ledger. A record out of scope is 404 even where the verb would be 403: it does not exist here."""

    verb: ClassVar[Verb | None] = Verb.VIEW
    ledger: Ledger = None  # type: ignore[assignment]  # given to as_view() by Ledger.urls()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and "pk" in kwargs and not self.in_scope(kwargs["pk"]):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def in_scope(self, pk: int) -> bool:
        return self.records().filter(pk=pk).exists()

    def allowed(self, verb: Verb) -> bool:
        return self.user.can(verb, self.ledger)

    def records(self) -> RecordQuerySet:
        """The ledger's records within the user's reach."""
        model: Any = self.ledger.model
        queryset: RecordQuerySet = model._default_manager.visible_to(self.user)
        return queryset

    def get_queryset(self) -> RecordQuerySet:
        return self.records().select_related(*self.ledger.select_related)

    def get_object(self, queryset: Any = None) -> Record:
        record: Record = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])  # type: ignore[attr-defined]
        return record

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "ledger": self.ledger,
            "can_add": self.allowed(Verb.ADD),
            "can_change": self.allowed(Verb.CHANGE),
            "can_delete": self.allowed(Verb.DELETE),
            "can_export": self.allowed(Verb.EXPORT) and self.ledger.sheet is not None,
            "can_import": self.allowed(Verb.IMPORT) and self.ledger.takes_uploads,
        }
