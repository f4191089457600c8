"""The page shown when the program itself failed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseServerError
from django.template import loader

from ledgers.middleware import current_request_id


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """500 with the request id that the log has; needs neither database nor session, one of which may be broken."""
    page = loader.get_template("500.html").render({"request_id": current_request_id()})
    return HttpResponseServerError(page)
