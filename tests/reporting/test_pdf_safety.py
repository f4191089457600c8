"""The renderer is given hostile pages, little memory and little time."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import docx
import pdfplumber
import pikepdf
import pytest
from django.conf import settings

from ledgers.models import OrgUnit
from ledgers.periods import Period
from reporting.documents import fonts, model, pdf
from reporting.documents.html import web_html
from reporting.documents.pdf import RenderFailed, render_html
from reporting.documents.word import word
from reporting.narrative import FigureBook, render
from tests.reporting import documents
from tests.reporting.conftest import glyphs


class Trap:
    def __init__(self, server: HTTPServer, asked: list[str]) -> None:
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.asked = asked


@pytest.fixture
def trap() -> Iterator[Trap]:
    """A web server that writes down who comes."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Trap(server, asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_document_fetches_nothing(trap: Trap, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET-LINE")
    html = f"""<html lang="zh"><head><title>t</title><link rel="stylesheet" href="{trap.url}/a.css">
      <link rel="attachment" href="file://{secret}"><style>@import url({trap.url}/b.css);
      body {{ background: url({trap.url}/c.png) }} @font-face {{ font-family: x; src: url({trap.url}/d.ttf) }}
      p {{ font-family: x; content: url(file://{secret}) }}</style></head><body>
      <img src="{trap.url}/e.png" alt="e"><img src="file://{secret}" alt="f"><img src="//169.254.169.254/g" alt="g">
      <object data="{trap.url}/h"></object><embed src="{trap.url}/i">
      <svg><image href="{trap.url}/j.png"/><use href="{trap.url}/k.svg#a"/></svg><p>完</p></body></html>"""
    built = render_html(html)
    assert trap.asked == []
    with pikepdf.open(io.BytesIO(built.content)) as document:
        assert len(document.attachments) == 0
        assert not any(
            b"TOP-SECRET-LINE" in o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream)
        )


def narrative(source: str) -> model.Document:
    """A report whose author wrote this."""
    blocks = tuple(render(source, FigureBook(OrgUnit(), Period(2025), {})).blocks)
    return model.Document(name="总结", office="东山镇", date=documents.DATE, blocks=blocks, keywords=())


def everywhere(document: model.Document) -> tuple[str, str, str]:
    """The text of a document on paper and in Word, and its markup on a web page."""
    with pdf.Renderer() as renderer:
        renderer.begin(document)
        with pdfplumber.open(io.BytesIO(renderer.result().content)) as opened:
            printed = "".join(page.extract_text() for page in opened.pages)
    written = "".join(line.text for line in docx.Document(io.BytesIO(word(document, {}))).paragraphs)
    return printed, written, web_html(document, {}, lambda run: None)


def test_an_image_in_a_narrative_is_words_and_asks_nobody(trap: Trap, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP-SECRET-LINE")
    sources = (trap.url, f"file://{secret}", "//169.254.169.254/latest", "http://169.254.169.254/latest")
    lines = [line for source in sources for line in (f'<img src="{source}/a.png">', f"![图]({source}/b.png)")]
    printed, written, shown = everywhere(narrative("\n".join(lines)))
    assert trap.asked == []
    # A long address is broken between lines.
    assert all(line.replace(" ", "") in re.sub(r"\s", "", printed) for line in lines)
    assert all(line in written for line in lines)
    assert "<img" not in shown
    assert shown.count("&lt;img") == len(sources)
    assert "TOP-SECRET-LINE" not in printed + written + shown


def test_nested_and_endless_markup_is_words() -> None:
    source = f'<table><tr><td colspan="100000000">甲{"<div>" * 3000}乙'
    printed, written, shown = everywhere(narrative(source))
    # The number of a page may stand within a tag.
    assert printed.count("<") == written.count("<") == source.count("<")
    assert "<div>" not in shown
    assert shown.count("&lt;div&gt;") == 3000


@pytest.mark.parametrize(
    "body",
    [
        f"{'<div>' * 3000}字",
        "<table><tr><td colspan=100000000>字<tr><td>词</table>",
        "<table><tr><td rowspan=100000000>字<tr><td>词</table>",
    ],
    ids=["nested", "colspan", "rowspan"],
)
def test_the_renderer_survives_nested_and_endless_markup(body: str) -> None:
    """Rendered, or given up within its limits; the next page is rendered."""
    try:
        pages = render_html(f"<html lang=zh><title>t</title>{body}", seconds=10, megabytes=512).pages
    except RenderFailed as failed:
        assert str(failed).endswith("。")  # noqa: PT017
    else:
        assert pages >= 1
    assert render_html("<html lang=zh><title>t</title><p>字</p>").pages == 1


def test_markup_in_a_text_is_printed_and_not_obeyed() -> None:
    built = render_html("<html lang=zh><title>t</title><p>&lt;script&gt;{{7*7}} a&lt;b &amp; c</p></html>")
    with pdfplumber.open(io.BytesIO(built.content)) as opened:
        assert "<script>{{7*7}} a<b & c" in opened.pages[0].extract_text()


def test_memory_is_limited() -> None:
    with pytest.raises(RenderFailed):
        render_html("<p>字</p>" * 100_000, megabytes=220)


def test_time_is_limited() -> None:
    with pytest.raises(RenderFailed):
        render_html("<table>" + "<tr><td>字<td>词</tr>" * 100_000 + "</table>", seconds=2)


def test_a_renderer_that_is_not_needed_after_all_is_stopped() -> None:
    with pytest.raises(ZeroDivisionError), pdf.Renderer() as renderer:
        raise ZeroDivisionError
    assert renderer._child.returncode is not None


def test_a_document_is_rendered_while_the_caller_goes_on() -> None:
    with pdf.Renderer() as renderer:
        with pytest.raises(ValueError, match="begun"):
            renderer.result()
        renderer.begin(documents.DOCUMENT)
        assert renderer.result().pages >= 5
    # Left early, it is stopped and nobody waits for it.
    with pdf.Renderer() as renderer:
        renderer.begin(documents.DOCUMENT)
    assert renderer._child.returncode is not None


def test_renderer_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s")
    monkeypatch.setenv("DATABASE_URL", "postgres://x:y@z/db")
    assert set(pdf._environment()) <= {
        "PATH",
        "LD_LIBRARY_PATH",
        "TMPDIR",
        "LANG",
        "PYTHONUTF8",
        "FONTCONFIG_FILE",
    }


def test_fonts_of_the_office_are_searched_first(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    before = fonts.fontconfig_file().read_text(encoding="utf-8")
    own = tmp_path / "fonts"
    own.mkdir()
    assert fonts.font_directories()[0] == own
    after = fonts.fontconfig_file()
    assert str(own) in after.read_text(encoding="utf-8") != before
    # Nothing is left of the drafts, and the next call writes nothing.
    assert [path.name for path in after.parent.iterdir()] == ["fonts.conf"]
    written = after.stat().st_mtime_ns
    assert fonts.fontconfig_file().stat().st_mtime_ns == written


def test_font_cache_is_our_own() -> None:
    """Corrected weights must not leak into the cache that other programs of the machine read."""
    text = fonts.fontconfig_file().read_text(encoding="utf-8")
    assert text.index(str(settings.VAR_DIR)) < text.index("/etc/fonts/fonts.conf")


def test_without_any_installed_font_nothing_is_a_box(
    monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path
) -> None:
    """An office that installs from PyPI alone: no TeX, no system fonts."""
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(fonts, "_TEX_TREES", ())
    monkeypatch.setattr(fonts, "_CONFIG", fonts._CONFIG.replace("/etc/fonts/fonts.conf", "/nowhere"))
    built = render_html("<html lang=zh><title>t</title><p>堃喆玥曌犇先生：12家（A）</p></html>")
    assert built.replaced == ()
    shown = list(glyphs(built.content))
    assert {glyph.font for glyph in shown} <= {"Noto-Serif-SC", "Noto-Sans-SC"}
    assert not [glyph for glyph in shown if glyph.number == 0 or not glyph.has_outline]
