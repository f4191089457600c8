"""A renderer that is ready before anybody asks for it.

Loading the libraries and the fonts takes as long as rendering a short document. A worker therefore keeps one child
with both loaded, and starts the next one when it is used. Each child still renders one document and ends, under its
own limits and without secrets. A child whose worker is gone, however it went, reads the end of its input and ends.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

Child = subprocess.Popen[bytes]


class Spare:
    """At most one waiting child of this process; ``start`` makes one."""

    def __init__(self, start: Callable[[], Child]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._made_for: object = None
        #: The process that keeps a child; None where nobody has asked for one.
        self._keeper: int | None = None

    def keep(self) -> None:
        """From now on have a child waiting, until this process ends or ``drop`` is called."""
        self._keeper = os.getpid()
        atexit.register(self.drop)
        self.renew()

    def drop(self) -> None:
        """Stop the waiting child and keep none."""
        self._keeper = None
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            stop(child)

    def take(self) -> Child | None:
        """The waiting child, which is the caller's from here on; None where there is none."""
        if self._keeper != os.getpid():  # Forked since: the child is another process's.
            return None
        with self._lock:
            child, self._child = self._child, None
        if child is None:
            return None
        if child.poll() is not None or self._made_for != _fonts():
            stop(child)
            return None
        return child

    def renew(self) -> None:
        """Start the next child, if one is kept here and none is waiting."""
        if self._keeper != os.getpid():
            return
        with self._lock:
            if self._child is None:
                self._made_for = _fonts()
                self._child = self._start()


def stop(child: Child) -> None:
    if child.poll() is None:
        child.kill()
    child.communicate()


def _fonts() -> object:
    """Changes when the office adds or removes a font: a child that waits knows those of its start."""
    folder = Path(settings.VAR_DIR) / "fonts"
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return None
