"""HTML on standard input, PDF on standard output; a process of its own, without Django and without the project.

Usage: ``python -P render_child.py SECONDS MEGABYTES [warm]``. Standard output starts with one line of JSON,
``{"pages": 3, "replaced": ["U+2A700"]}``, and goes on with the PDF. Nothing is fetched: a document that names an
address gets nothing from it, whatever the scheme.

A ``warm`` child has the fonts loaded before it is asked for anything. Standard input that ends without a page means
that nobody is left who could want one: the child ends, too.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: 〓, the printer's mark for a character that the fonts at hand do not have: never an empty box.
MISSING = "\u3013"

#: Every face of the official style once, and a table.
SPECIMEN = """<html lang="zh-CN"><head><title>字</title><style>{style}</style></head><body>
<h1 class="title">题2</h1><h2 class="level-1">一、黑</h2><h3 class="level-2">（一）楷</h3>
<p><span class="text">仿宋1</span></p>
<table><caption>表</caption><tr><th scope="col">头</th></tr><tr><td>1</td></tr></table></body></html>"""


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
        document.write_pdf(target, pdf_variant="pdf/ua-1", custom_metadata=True, finisher=complete)
        return target.getvalue(), len(document.pages)

    def render(html: str) -> tuple[bytes, int, list[str]]:
        content, pages = once(html)
        replaced = sorted(missing.characters)
        if replaced:
            content, pages = once(html.translate({ord(character): MISSING for character in replaced}))
        return content, pages, [f"U+{ord(character):04X}" for character in replaced]

    return render


def complete(document: Any, pdf: Any) -> None:
    """What PDF/UA and readers ask for beyond what WeasyPrint writes."""
    from pydyf import Array, Dictionary

    height = document.pages[0].height
    points = 0.75  # to a pixel of CSS
    for element in pdf.objects:
        if not isinstance(element, Dictionary):
            continue
        if element.get("S") == "/TH":
            element["A"]["Scope"] = "/Column"
        elif element.get("S") == "/Figure":
            # Boxes are measured in points from the foot of the page: ISO 32000-1 14.8.5.4.3.
            left, top, right, bottom = element["A"]["BBox"]
            box = (left, height - bottom, right, height - top)
            element["A"]["BBox"] = Array(round(edge * points, 2) for edge in box)
    margins_are_artifacts(pdf)
    # The numbers that are printed, for the reader's page field.
    pdf.catalog["PageLabels"] = Dictionary({"Nums": Array([0, Dictionary({"S": "/D", "St": 1})])})


def margins_are_artifacts(pdf: Any) -> None:
    """WeasyPrint tags a page's printed number but puts it nowhere in the structure (ISO 14289-1 7.1 forbids that).

    What stands in a margin is read out with every page, so it becomes an artifact.
    """
    by_reference = {element.reference: element for element in pdf.objects}
    numbers = by_reference[by_reference[pdf.catalog["StructTreeRoot"]]["ParentTree"]]["Nums"]
    in_tree = {pdf.catalog["StructTreeRoot"]}
    waiting = list(in_tree)
    while waiting:
        below = by_reference[waiting.pop()].get("K", ())
        found = {kid for kid in below if isinstance(kid, bytes) and kid not in in_tree} & by_reference.keys()
        in_tree |= found
        waiting += found
    owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in pdf.objects:
        if not hasattr(page, "get") or page.get("Type") != "/Page":
            continue
        parents = owners[page["StructParents"]]
        outside = {number for number, parent in enumerate(parents) if parent not in in_tree}
        content = by_reference[page["Contents"]].stream
        for at in range(len(content) - 2, 0, -1):
            if content[at + 1] == b"BDC" and content[at]["MCID"] in outside:
                content[at - 1 : at + 2] = ["/Artifact", b"BMC"]
        for number in sorted(outside, reverse=True):
            if number == len(parents) - 1:
                parents.pop()
            else:
                parents[number] = "null"


def main(seconds: str, megabytes: str, warm: str = "") -> None:
    limit(int(seconds), int(megabytes))
    render = prepare()
    if warm:
        render(SPECIMEN.format(style=Path(__file__).with_name("official.css").read_text(encoding="utf-8")))
    # A document makes many objects and little garbage: the collector would spend a third of the time looking for it.
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)
    page = sys.stdin.buffer.read().decode()
    if not page:
        return
    content, pages, replaced = render(page)
    sys.stdout.buffer.write(json.dumps({"pages": pages, "replaced": replaced}).encode() + b"\n")
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
