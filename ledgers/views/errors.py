"""The page shown when the program itself failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader
from django.views import csrf

from ledgers import unsaved
from ledgers.middleware import current_request_id


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """500 with the request id that the log has; needs neither database nor session, one of which may be broken."""
    page = loader.get_template("500.html").render({"request_id": current_request_id()})
    return HttpResponseServerError(page)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, with what was typed where it was typed into a form of the same account, or of one that is signed out.

    Signing in again, in another tab, makes the tokens of all forms stale that were open before. The mark of a form is
    as secret as its token, and what it brings is only shown, never done.
    """
    signed_in = request.user.is_authenticated
    shown = unsaved.to_the_form(request, status=403) if signed_in else unsaved.hold(request, "login")
    return shown or csrf.csrf_failure(request, reason)
