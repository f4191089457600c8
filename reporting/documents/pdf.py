"""A document as PDF: rendered in a child process that has a time limit, a memory limit and no secrets."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from reporting.documents.fonts import fontconfig_file
from reporting.documents.html import printed_html
from reporting.documents.model import Document
from reporting.documents.spare import Child, Spare, stop

logger = logging.getLogger(__name__)

#: A year's report takes about two seconds; a document that needs this much is broken.
SECONDS: Final = 120
MEGABYTES: Final = 2048
_CHILD: Final = Path(__file__).with_name("render_child.py")


class RenderFailed(Exception):
    """The document could not be rendered; the message is a Chinese sentence for the user."""


@dataclass(frozen=True)
class Pdf:
    content: bytes
    pages: int
    #: Characters no font at hand has, printed as 〓.
    replaced: tuple[str, ...] = ()


class Renderer:
    """A child process that renders one page: the one that a worker keeps waiting, or one started here, which loads
    its libraries while the caller still gathers what to print. Use it as a context manager: leaving it early stops
    the child."""

    def __init__(self, *, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> None:
        self._seconds = seconds
        waiting = spare.take() if (seconds, megabytes) == (SECONDS, MEGABYTES) else None
        self._child = waiting or _start(seconds, megabytes)
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._begun: Future[Pdf] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._thread.shutdown()
        stop(self._child)
        spare.renew()

    def begin(self, document: Document) -> None:
        """Render ``document`` while the caller does something else; ``result`` waits for it."""
        self._begun = self._thread.submit(self.html, printed_html(document))

    def result(self) -> Pdf:
        """What was begun; raises RenderFailed."""
        if self._begun is None:
            raise ValueError("Nothing has been begun.")
        return self._begun.result()

    def document(self, document: Document) -> Pdf:
        """Render ``document``; raises RenderFailed."""
        return self.html(printed_html(document))

    def html(self, html: str) -> Pdf:
        """Render a complete HTML page; raises RenderFailed when it breaks a limit."""
        try:
            out, err = self._child.communicate(html.encode("utf-8", errors="replace"), timeout=self._seconds)
        except subprocess.TimeoutExpired as error:
            raise RenderFailed("生成PDF超过了时间限制，请缩小报告的范围后重试。") from error
        if self._child.returncode != 0:
            logger.error("PDF child ended with %s: %s", self._child.returncode, err.decode()[-2000:])
            raise RenderFailed("生成PDF没有成功，请稍后重试，仍不行请联系系统管理员。")
        head, _, content = out.partition(b"\n")
        facts = json.loads(head)
        if facts["replaced"]:
            logger.warning("no font has %s; printed as a geta mark", ", ".join(facts["replaced"]))
        return Pdf(content, facts["pages"], tuple(facts["replaced"]))


def _start(seconds: int = SECONDS, megabytes: int = MEGABYTES, *options: str) -> Child:
    # -P: the child's folder holds an html.py, which must not stand in for the standard library's.
    return subprocess.Popen(
        [sys.executable, "-P", str(_CHILD), str(seconds), str(megabytes), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    )


#: The child that a worker keeps waiting; see ``reporting.jobs``.
spare: Final = Spare(lambda: _start(SECONDS, MEGABYTES, "warm"))


def render_pdf(document: Document) -> Pdf:
    """Render ``document``; raises RenderFailed."""
    with Renderer() as renderer:
        return renderer.document(document)


def render_html(html: str, *, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> Pdf:
    """Render a complete HTML page; raises RenderFailed when it breaks a limit."""
    with Renderer(seconds=seconds, megabytes=megabytes) as renderer:
        return renderer.html(html)


def _environment() -> dict[str, str]:
    """What the child may know: where its libraries and fonts are. No database address, no secret key."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "FONTCONFIG_FILE": str(fontconfig_file())}
