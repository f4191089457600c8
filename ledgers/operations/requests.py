"""One log line and a few figures for each request: by the name of its view, never by its address or its words."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from django.db import connections
from django.http import HttpRequest, HttpResponse

from ledgers.operations import metrics
from ledgers.operations.tracing import serving

logger = logging.getLogger("ledgers.requests")

#: What is asked every few seconds by machines, and files, which no view answers.
_QUIET: Final = frozenset({"health", "ready", "metrics", "-"})


class _DatabaseTime:
    """An ``execute_wrapper`` that adds up; what is asked is none of its business."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.seconds += time.perf_counter() - started
            self.queries += 1


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        database = _DatabaseTime()
        started = time.perf_counter()
        with serving(request), ExitStack() as stack:
            for connection in connections.all():
                stack.enter_context(connection.execute_wrapper(database))
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            match = request.resolver_match
            route = match.view_name if match else "-"
            metrics.count_request(
                route=route,
                method=request.method or "",
                status=response.status_code,
                seconds=seconds,
                database_seconds=database.seconds,
                queries=database.queries,
            )
            if route not in _QUIET or response.status_code >= 400:
                logger.info(
                    "request",
                    extra={
                        "told": {
                            "method": request.method,
                            "route": route,
                            "status": response.status_code,
                            "seconds": round(seconds, 4),
                            "database_seconds": round(database.seconds, 4),
                            "queries": database.queries,
                        }
                    },
                )
        return response
