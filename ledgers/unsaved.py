"""What was typed into a form whose session had ended: handed through the sign-in and shown again, not saved.

A form in which people write says whose it is and which page it stands on (``{% keeps_typed %}``). When such a form is
posted by nobody, the answer is the sign-in page, and what was typed rides along in a hidden field of it, encrypted.
Each step of signing in hands the field on, the last one leads back to the form's page, which shows the form filled in.

Nothing of it is stored: not in the session, not in the cache, not in a table, only in the pages of that one browser,
where it opens for KEPT_SECONDS and for the account that typed it. A form of passwords, codes or uploads bears no mark,
so nothing of it is taken; neither are the files of a marked form.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import zlib
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from cryptography.fernet import InvalidToken
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.debug import sensitive_variables

from ledgers.ciphers import cipher

#: The hidden field of a form that says whose it is, and the one in which its contents ride along.
MARK: Final = "_typed_by"
CARRIED: Final = "_carried"
#: Longer than a lock after wrong passwords, shorter than a lunch break and an afternoon.
KEPT_SECONDS: Final = 3600
#: Characters of names and values together. The longest form of the product has a tenth of it.
MOST_CHARACTERS: Final = 200_000
#: As for the nonce of a form: one that was left open over a weekend is still somebody's.
_MARK_SECONDS: Final = 7 * 24 * 3600
_PURPOSE: Final = "ledgers.unsaved"
#: Of the request, not of what somebody typed.
_NOT_TYPED: Final = frozenset({MARK, CARRIED, "csrfmiddlewaretoken"})


@dataclass(frozen=True)
class Typed:
    """What one account typed into the form at ``page`` (path and query). Files are not kept, where it takes any."""

    account: int
    page: str
    fields: list[tuple[str, str]]
    with_files: bool


def mark(request: HttpRequest, page: str = "") -> str:
    """The value of MARK for a form of this request's page, or for one that another page shows filled in."""
    return signing.dumps([request.user.pk, page or request.get_full_path()], salt=_PURPOSE)


# --- In the browser, encrypted ------------------------------------------------------------------------------


@sensitive_variables()
def sealed(request: HttpRequest) -> str:
    """What this request brings along, for the field CARRIED: handed on from the step before, or typed just now.

    Empty when there is nothing: no marked form, too much of it, or too old.
    """
    # Set when a step answers in the place of the page that was posted to.
    token = getattr(request, "carried", "") or request.POST.get(CARRIED, "")
    if token:
        return token if opened(token) else ""
    try:
        account, page = signing.loads(request.POST.get(MARK, ""), salt=_PURPOSE, max_age=_MARK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    fields = [
        (name, value) for name, values in request.POST.lists() if name not in _NOT_TYPED for value in values
    ]
    if sum(len(name) + len(value) for name, value in fields) > MOST_CHARACTERS:
        return ""
    text = json.dumps(
        [account, page, fields, request.content_type == "multipart/form-data"], ensure_ascii=False
    )
    # A lone surrogate, which no form takes, is no reason to lose the rest.
    return cipher(_PURPOSE).encrypt(zlib.compress(text.encode(errors="replace"))).decode()


@sensitive_variables()
def opened(token: str) -> Typed | None:
    """What is in a field CARRIED; None when it is too old or none of ours."""
    try:
        text = zlib.decompress(cipher(_PURPOSE).decrypt(token.encode(), ttl=KEPT_SECONDS))
    except (InvalidToken, UnicodeEncodeError):
        return None
    account, page, fields, with_files = json.loads(text)
    return Typed(account, page, [(name, value) for name, value in fields], with_files)


def kept_until(token: str) -> dt.datetime:
    """When a token that opens now will not any more."""
    since = cipher(_PURPOSE).extract_timestamp(token.encode())
    return dt.datetime.fromtimestamp(since + KEPT_SECONDS, tz=timezone.get_current_timezone())


# --- On the way in ------------------------------------------------------------------------------------------


def hold(request: HttpRequest, step: str) -> HttpResponse | None:
    """The page of a step that comes first (the name of its route), carrying what was typed; None if nothing was."""
    token = sealed(request)
    typed = opened(token) if token else None
    if typed is None or request.headers.get("HX-Request"):
        return None
    # A copy: the log of actions is about the request that was made.
    shown: Any = copy.copy(request)
    shown.carried, shown.method = token, "GET"
    shown.POST, shown.GET = QueryDict(), QueryDict(urlencode({"next": typed.page}))
    shown.resolver_match = match = resolve(reverse(step))
    response: HttpResponse = match.func(shown, *match.args, **match.kwargs)
    if response.status_code == 200:
        # The form was refused, and the log of actions says so.
        response.status_code = 401
    add_never_cache_headers(response)
    return response


def lead_back(request: HttpRequest) -> HttpResponse | None:
    """After the last step: to the form's page. None when there is nothing to go back to."""
    if CARRIED not in request.POST:
        return None
    typed = opened(request.POST[CARRIED])
    if typed is not None and typed.account == request.user.pk:
        return to_the_form(request)
    messages.warning(request, _why_not(typed, request.user.pk))
    # Another account may have no business on that page.
    return redirect("home") if typed else None


def to_the_form(request: HttpRequest, *, status: int = 200) -> HttpResponse | None:
    """A page with a button to the form that the user of this request has typed into; None if it brings none."""
    page = page_of(request)
    if not page:
        return None
    response = render(request, "registration/lead_back.html", {"page": page}, status=status)
    add_never_cache_headers(response)
    return response


def page_of(request: HttpRequest) -> str:
    """The page of the form that the user of this request has typed into; empty when the request brings none."""
    token = sealed(request)
    typed = opened(token) if token else None
    return typed.page if typed is not None and typed.account == request.user.pk else ""


# --- Back at the form ---------------------------------------------------------------------------------------


def take_out(request: HttpRequest) -> bool:
    """Put what was typed in the place of what this request posts, so that its page shows it; says so in a message.

    False, and another message, when it cannot be shown: too old, of another account, of another page.
    """
    request.shows_unsaved = True  # type: ignore[attr-defined]
    typed = opened(request.POST.get(CARRIED, ""))
    if typed is None or typed.account != request.user.pk or typed.page != request.get_full_path():
        messages.warning(request, _why_not(typed, request.user.pk))
        return False
    data = QueryDict(mutable=True)
    for name, value in typed.fields:
        data.appendlist(name, value)
    request.POST = data  # type: ignore[assignment]
    files = "选过的文件没有保留，请重新选择。" if typed.with_files else ""
    messages.warning(request, f"刚才填写的内容都在下面，但还没有保存，请核对后再提交一次。{files}")
    return True


def is_shown_again(request: HttpRequest) -> bool:
    """Whether this request only asks to see a form again, and changes nothing."""
    return getattr(request, "shows_unsaved", False) or CARRIED in request.POST


def _why_not(typed: Typed | None, account: int | None) -> str:
    if typed is None:
        return "刚才填写的内容没有保存，放的时间太久，已经不能找回，请重新填写。"
    if typed.account == account:
        return "刚才没有保存的内容是在另一个页面填写的，不能在这里显示；请到原来的页面重新填写。"
    return "刚才没有保存的内容是用另一个账号填写的，不能在这里显示；请用原来的账号登录后重新填写。"
