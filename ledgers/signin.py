"""Where a sign-in attempt comes from, the lock after repeated failures (django-axes), and the way to and from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode, urlsplit

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect


def client_address(request: HttpRequest) -> str:
    """The caller's address, as seen by the outermost proxy of ours.

    Every proxy appends the address it saw to X-Forwarded-For, so only the last PROXY_COUNT entries can be
    believed; whatever stands before them was sent by the caller. Without proxies the header is ignored.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.PROXY_COUNT
    if not count:
        return remote
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(forwarded) < count:
        return remote
    return forwarded[-count] or remote


def send_to(request: HttpRequest, to: str) -> HttpResponse:
    """To a page (the name of its route) that has to be seen first, and from there to the one that was wanted.

    A part of a page (htmx) takes the whole page there: what it asked for would be filled with that other page.
    """
    url = resolve_url(to)
    if request.headers.get("HX-Request"):
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        return HttpResponseClientRedirect(with_next(url, shown._replace(scheme="", netloc="").geturl()))
    if request.method in ("GET", "HEAD"):
        return redirect(with_next(url, request.get_full_path()))
    # What was sent is gone (a form's text is not: ledgers.unsaved); the page it was sent from can be seen again.
    messages.warning(request, "刚才的操作没有完成，请登录后再做一次。")
    page = urlsplit(request.headers.get("Referer", ""))
    wanted = page._replace(scheme="", netloc="").geturl() if page.netloc == request.get_host() else ""
    return redirect(with_next(url, wanted))


def with_next(url: str, wanted: str) -> str:
    """``url``, told which page is wanted afterwards."""
    return f"{url}?{urlencode({'next': wanted})}" if wanted not in ("", "/") else url


# --- The lock -----------------------------------------------------------------------------------------------


def locked_until(usernames: Iterable[str], address: str | None = None) -> dict[str, dt.datetime]:
    """Until when each of these accounts is locked, from ``address`` or from any; the others are left out."""
    attempts = AccessAttempt.objects.filter(
        username__in=list(usernames), attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    if address is not None:
        attempts = attempts.filter(ip_address=address)
    locked: dict[str, dt.datetime] = {}
    for row in (
        attempts.order_by()
        .values("username", "ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    ):
        until = row["last"] + settings.AXES_COOLOFF_TIME
        locked[row["username"]] = max(until, locked.get(row["username"], until))
    return locked


def unlock(username: str) -> bool:
    """Forget the failures of an account, wherever they came from; False when there were none."""
    return bool(AxesProxyHandler.reset_attempts(username=username))


def locked_page(request: HttpRequest, response: Any, credentials: dict[str, Any] | None) -> HttpResponse:
    """What django-axes answers instead of signing in (AXES_LOCKOUT_CALLABLE)."""
    username = (credentials or {}).get("username") or ""
    until = locked_until([username], client_address(request)).get(username)
    context = {
        "failures": settings.AXES_FAILURE_LIMIT,
        "until": until,
        "minutes": int(settings.AXES_COOLOFF_TIME.total_seconds() // 60),
    }
    return render(request, "registration/locked.html", context, status=429)
