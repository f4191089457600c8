"""How log lines look. Both formats say for whom the line was written; neither repeats what somebody has typed.

The text of an exception may quote a cell or a name (a database says which key is there already), so that of an
unexpected one only its type and where it happened are told. With DEBUG=1, on a developer's machine, all of it.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.conf import settings

from ledgers.operations.tracing import trace

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _where(exc_info: _ExcInfo) -> str:
    """Types and frames of an exception and of those that led to it."""
    lines: list[str] = []
    error = exc_info[1]
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        lines.insert(0, f"{type(error).__module__}.{type(error).__qualname__}\n{frames}".rstrip())
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class _Discreet(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return super().formatException(ei) if settings.DEBUG else _where(ei)


class LineFormatter(_Discreet):
    """For people: time, level, logger, for whom, message."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(trace)s] %(message)s%(told_text)s", **kwargs)

    def format(self, record: logging.LogRecord) -> str:
        known = trace()
        request = known.pop("request")
        record.trace = " ".join([str(request), *(f"{name}={value}" for name, value in known.items())])
        told: dict[str, Any] = getattr(record, "told", {})
        record.told_text = "".join(f" {name}={value}" for name, value in told.items())
        return super().format(record)


class JsonFormatter(_Discreet):
    """For log collectors: one JSON object a line, so that a line break in a value cannot forge an entry."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **trace(),
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
