"""Pages that have been asked for, shown to a browser; what they share is handed over once and cached by it."""

from __future__ import annotations

import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.staticfiles import finders

from tests.accessibility.walk import Snapshot

#: Where a page finds axe-core.
AXE = "/axe.js"


class Showing:
    """A web server for one page at a time, and for the product's static files; use as a context manager.

    Without the answers' content security policy; what it lets pass is tried by the journeys.
    """

    def __init__(self) -> None:
        self._shown: Snapshot | None = None
        showing = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, content = showing.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                shared = self.path == AXE or self.path.startswith("/static/")
                self.send_header("Cache-Control", "max-age=3600" if shared else "no-store")
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: what a page asks for is of no interest."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address_of(self, page: Snapshot) -> str:
        """Where the page is shown, until another one is."""
        self._shown = page
        return f"http://127.0.0.1:{self._server.server_port}{page.address}"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """(status, content type, content)"""
        if self._shown and path == self._shown.address:
            return self._shown.status, "text/html; charset=utf-8", self._shown.content.encode()
        if path == AXE:
            return 200, "text/javascript", AXE_SCRIPT.encode()
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/").partition("?")[0])
            if isinstance(file, str):
                kind, _ = mimetypes.guess_type(file)
                return 200, kind or "application/octet-stream", Path(file).read_bytes()
        # What scripts ask for besides, and pictures.
        return 404, "text/plain", b""
