"""Middleware between sign-in and the pages: the idle minutes, and what an account has to do before anything else."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ledgers import second_factor, unsaved
from ledgers.middleware import GetResponse
from ledgers.models import User
from ledgers.signin import send_to


def is_background(request: HttpRequest) -> bool:
    """Whether the page asks by itself, as the progress of a job does, with nobody at the keyboard."""
    return "X-Background" in request.headers or "background" in request.GET


class IdleMiddleware:
    """Counts the idle minutes: only what a person asks for renews the session.

    At most once a minute: a write for each page would cost as much as the page. A session therefore ends up to a minute
    before SESSION_IDLE_MINUTES have passed, and never after.
    """

    KEY, SECONDS = "renewed", 60

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not is_background(request):
            now = int(time.time())
            # A clock that was set back must not leave the session without renewal.
            if not 0 <= now - request.session.get(self.KEY, 0) < self.SECONDS:
                request.session[self.KEY] = now
        return response


class DutiesFirstMiddleware:
    """Before anything else: a password of one's own, and for an administrator a second factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """In the place of the view, when all else has been made ready that the page of a duty needs."""
        duty = self._duty(request)
        if duty is None or request.path in (reverse(duty), reverse("logout")):
            return None
        return unsaved.hold(request, duty) or send_to(request, duty)

    def _duty(self, request: HttpRequest) -> str | None:
        if not isinstance(request.user, User):
            return None
        if request.user.needs_new_password:
            return "password_change"
        return "second_factor" if second_factor.is_missing(request.user) else None
