"""How log lines look. Both formats carry the request id that a 500 page shows to its reader."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from ledgers.middleware import current_request_id


class LineFormatter(logging.Formatter):
    """For people: time, level, logger, request id, message."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s", **kwargs)

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = current_request_id() or "-"
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """For log collectors: one JSON object a line, so that a line break in a value cannot forge an entry."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": current_request_id() or "-",
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
