"""The page shown when the program itself failed."""

from __future__ import annotations

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader
from django.utils.html import format_html
from django.views import csrf

from ledgers import unsaved
from ledgers.middleware import current_request_id

logger = logging.getLogger(__name__)

_PLAIN: Final = (
    '<!DOCTYPE html><html lang="zh-Hans"><meta charset="utf-8"><title>系统出错</title>'
    "<h1>系统出错了，您的操作没有完成</h1><p>已经保存的数据没有受影响。请联系系统管理员，并告知请求编号：{}</p>"
)


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """500 with the request id that the log has; needs neither database nor session, one of which may be broken."""
    try:
        page = loader.get_template("500.html").render({"request_id": current_request_id()})
    except Exception:
        # What broke may be what every page needs, such as the collected static files.
        logger.exception("the page of a server error could not be drawn either")
        page = format_html(_PLAIN, current_request_id())
    return HttpResponseServerError(page)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, with what was typed where it was typed into a form of the same account, or of one that is signed out.

    Signing in again, in another tab, makes the tokens of all forms stale that were open before. The mark of a form is
    as secret as its token, and what it brings is only shown, never done.
    """
    signed_in = request.user.is_authenticated
    shown = unsaved.to_the_form(request, status=403) if signed_in else unsaved.hold(request, "login")
    return shown or csrf.csrf_failure(request, reason)
