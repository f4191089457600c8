"""Sessions in the database (SESSION_ENGINE), each with whose it is, so that people see and end their own."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from ledgers.models import AccountSession, User
from ledgers.signin import client_address

#: What the session itself carries from sign-in to the columns of its row.
_ORIGIN: Final = "_origin"

# The first that fits: every one of them also claims to be those that follow.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("QQBrowser", "QQ浏览器"),
    ("360", "360浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class SessionStore(DatabaseStore):
    """What every page needs comes by one query: the session, its account with the unit, whether jobs are at work."""

    #: As read with the session; None until then.
    row: Any = None

    def _get_session_from_db(self) -> Any:
        self.row = next(
            iter(_with_account().filter(session_key=self.session_key, expire_date__gt=timezone.now())), None
        )
        if self.row is None:
            self._session_key = None
        return self.row

    @property
    def account(self) -> User | None:
        """The account that the session says it is of, as read with it."""
        named = self.get(SESSION_KEY)
        known: User | None = self.row.user if self.row is not None else None
        return known if known is not None and str(known.pk) == named else None

    @property
    def has_open_jobs(self) -> bool:
        """Whether the account had a job at work when the session was read."""
        return self.row is None or bool(self.row.has_open_jobs)

    @classmethod
    def get_model_class(cls) -> type[AccountSession]:
        return AccountSession

    def create_model_instance(self, data: dict[str, Any]) -> AccountSession:
        row: AccountSession = super().create_model_instance(data)  # type: ignore[assignment]
        account = data.get(SESSION_KEY)
        row.user_id = int(account) if account else None
        origin = data.get(_ORIGIN, {})
        row.address, row.browser = origin.get("address", ""), origin.get("browser", "")
        since = origin.get("since")
        row.signed_in_at = dt.datetime.fromisoformat(since) if since else None
        return row


@cache
def _with_account() -> QuerySet[AccountSession]:
    """Put together once; each page asks it."""
    return AccountSession.objects.with_account()


class AccountMiddleware(AuthenticationMiddleware):
    """Django's, sparing the query for the account where its session has brought it."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        asked: Any = request
        asked.user = SimpleLazyObject(lambda: _account_of(request))


def _account_of(request: Any) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):
        account = request.session.account
        # Whatever else a session may be than one in order is for Django to decide.
        request._cached_user = account if _in_order(request.session, account) else get_user(request)
    found: User | AnonymousUser = request._cached_user
    return found


def _in_order(session: SessionStore, account: User | None) -> bool:
    return (
        account is not None
        and account.is_active
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash())
    )


def note_origin(request: HttpRequest) -> None:
    """Keep with the session of a request that has just signed in where it came from."""
    request.session[_ORIGIN] = {
        "address": client_address(request)[:45],
        "browser": browser_name(request.headers.get("User-Agent", "")),
        "since": timezone.now().isoformat(),
    }


def end_sessions(account: User, *, keep: str | None = None) -> int:
    """End the account's sessions at once, but for the one whose key is ``keep``; returns how many were open."""
    ended = AccountSession.objects.open_for(account).exclude(session_key=keep or "")
    count = ended.count()
    AccountSession.objects.filter(user=account).exclude(session_key=keep or "").delete()
    return count


def browser_name(agent: str) -> str:
    """``Chrome 103，Windows`` from a User-Agent header; the header is the browser's own word for itself."""
    for mark, name in _BROWSERS:
        if mark in agent:
            version = re.search(rf"{mark}\D{{0,3}}/(\d{{1,3}})", agent)
            browser = f"{name} {version[1]}" if version else name
            break
    else:
        browser = "其他浏览器"
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser}，{system}" if system else browser
