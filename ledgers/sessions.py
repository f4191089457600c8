"""Sessions in the database (SESSION_ENGINE), each with whose it is, so that people see and end their own."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils import timezone

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
