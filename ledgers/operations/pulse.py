"""The sign of life of beat and the workers: a file in the folder that they share with the web server.

Beat sends the sweep every half minute and a worker runs it; a fresh file says that both are there.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

_NAME: Final = ".last-sweep"


def beat() -> None:
    path = Path(settings.MEDIA_ROOT) / _NAME
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # By what it says and not by the file's own time: a file server has a clock of its own.
    draft = path.with_name(f"{_NAME}.{os.getpid()}")
    draft.write_text(timezone.now().isoformat())
    draft.replace(path)


def last() -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat((Path(settings.MEDIA_ROOT) / _NAME).read_text())
    except (OSError, ValueError):
        return None
