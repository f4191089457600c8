"""HTML on standard input, PDF on standard output; a process of its own, without Django and without the project.

Usage: ``python -P render_child.py SECONDS MEGABYTES``. Standard output starts with one line of JSON,
``{"pages": 3, "replaced": ["U+2A700"]}``, and goes on with the PDF. Nothing is fetched: a document that names an
address gets nothing from it, whatever the scheme.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
from collections.abc import Callable
from typing import Any

#: 〓, the printer's mark for a character that the fonts at hand do not have: never an empty box.
MISSING = "\u3013"


def limit(seconds: int, megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class MissingGlyphs(logging.Handler):
    """Collects the characters for which the renderer found no glyph in any font."""

    def __init__(self) -> None:
        super().__init__()
        self.characters: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        if "notdef" in str(record.msg) and isinstance(record.args, tuple):
            self.characters.add(chr(int(str(record.args[1]))))


def prepare() -> Callable[[str], tuple[bytes, int, list[str]]]:
    """Load what rendering takes, under the limits, and return the function that renders."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetchingError

    class NothingFetched(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            raise URLFetchingError("Documents fetch nothing.")

    missing = MissingGlyphs()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(missing)
    logger.propagate = False

    def once(source: str) -> tuple[bytes, int]:
        document = HTML(string=source, url_fetcher=NothingFetched()).render()
        target = io.BytesIO()
        document.write_pdf(target, pdf_variant="pdf/ua-1", custom_metadata=True)
        return target.getvalue(), len(document.pages)

    def render(html: str) -> tuple[bytes, int, list[str]]:
        content, pages = once(html)
        replaced = sorted(missing.characters)
        if replaced:
            content, pages = once(html.translate({ord(character): MISSING for character in replaced}))
        return content, pages, [f"U+{ord(character):04X}" for character in replaced]

    return render


def main(seconds: str, megabytes: str) -> None:
    limit(int(seconds), int(megabytes))
    render = prepare()
    content, pages, replaced = render(sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(json.dumps({"pages": pages, "replaced": replaced}).encode() + b"\n")
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
