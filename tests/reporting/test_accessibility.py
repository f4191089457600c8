"""Every kind of report can be read aloud: what the structure of the PDF says, and in which order."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable

import pikepdf
import pytest

from ledgers.periods import Period
from reporting.documents.figures import with_index
from reporting.documents.model import (
    Annex,
    AnnexNote,
    Chart,
    Document,
    Heading,
    Paragraph,
    Signature,
    Table,
    Title,
    numbers,
    plain,
)
from reporting.documents.pdf import render_pdf
from tests.conftest import Units
from tests.reporting import documents
from tests.reporting.conftest import drafted
from tests.reporting.pdf_ua import problems, spoken

KINDS = {"annual": "2025", "half": "2025H1", "quarterly": "2025Q2", "unity": "2025"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_report_is_tagged_throughout_and_read_in_its_order(
    kind: str, year_of_work: Units
) -> None:
    period = Period.parse(KINDS[kind])
    document = with_index(drafted(year_of_work.township, period, dt.date(2026, 1, 5), kind), {})
    content = render_pdf(document).content
    assert problems(content) == []
    read = "".join(text for _, text in spoken(content)).replace(" ", "")
    at = 0
    for text in _written(document):
        found = read.find(text.replace(" ", ""), at)
        assert found >= 0, f"“{text}” is not read where it stands"
        at = found + len(text.replace(" ", ""))


def _written(document: Document) -> list[str]:
    """The texts of a document in its order; of tables every cell."""
    marks = numbers(document.blocks)
    texts: list[str] = []
    for index, block in enumerate(document.blocks):
        if isinstance(block, Title):
            texts += block.lines
        elif isinstance(block, Heading):
            texts.append(marks[index] + block.text)
        elif isinstance(block, Annex):
            texts += [block.label, block.title]
        elif isinstance(block, AnnexNote):
            texts += block.titles
        elif isinstance(block, Signature):
            texts.append(block.office)
        elif isinstance(block, Paragraph):
            texts.append(plain(block.runs))
        elif isinstance(block, Table | Chart):
            table = block.table if isinstance(block, Chart) else block
            texts += [table.title, *(plain(cell) for row in table.rows for cell in row)]
    assert len(texts) > 20
    return texts


# --- The checker itself ----------------------------------------------------------------------------------------------


def _no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def _no_title(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata() as metadata:
        del metadata["dc:title"]


def _no_alternative(pdf: pikepdf.Pdf) -> None:
    del _elements(pdf, "/Figure")[0]["/Alt"]


def _no_scope(pdf: pikepdf.Pdf) -> None:
    del _elements(pdf, "/TH")[0].A["/Scope"]


def _skipped_level(pdf: pikepdf.Pdf) -> None:
    _elements(pdf, "/H2")[0].S = pikepdf.Name.H4


def _lost_element(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot.K[0].K[-1]


def _untagged(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[0]
    page.contents_add(b"0 0 m 9 9 l S", prepend=True)


def _no_meaning(pdf: pikepdf.Pdf) -> None:
    del next(iter(pdf.pages[0].Resources.Font.values()))["/ToUnicode"]


def _not_embedded(pdf: pikepdf.Pdf) -> None:
    font = next(iter(pdf.pages[0].Resources.Font.values())).DescendantFonts[0]
    for name in ("/FontFile2", "/FontFile3"):
        if name in font.FontDescriptor:
            del font.FontDescriptor[name]


def _silent_link(pdf: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([link]))


def _no_bookmarks(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Outlines"]


def _elements(pdf: pikepdf.Pdf, kind: str) -> list[pikepdf.Object]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == kind and "/P" in o]


@pytest.fixture(scope="module")
def whole() -> bytes:
    return render_pdf(documents.DOCUMENT).content


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_no_language, "7.2: no language"),
        (_no_title, "7.1: no title"),
        (_no_alternative, "7.3: a Figure without an alternative"),
        (_no_scope, "7.5: the header"),
        (_skipped_level, "7.4.2: after level 1 comes level 4"),
        (_lost_element, "pieces of tagged content are in no element"),
        (_untagged, "7.1: S paints something"),
        (_no_meaning, "does not say what its glyphs mean"),
        (_not_embedded, "is not embedded"),
        (_silent_link, "7.18: a /Link that says nothing"),
        (_no_bookmarks, "bookmarks [] are not the headings"),
    ],
)
def test_the_checker_finds_what_is_wrong(
    harm: Callable[[pikepdf.Pdf], None], said: str, whole: bytes
) -> None:
    assert problems(whole) == []
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        harm(pdf)
        changed = io.BytesIO()
        pdf.save(changed)
    assert any(said in line for line in problems(changed.getvalue()))


def test_printed_page_numbers_are_not_read_out(whole: bytes) -> None:
    read = [text.strip() for _, text in spoken(whole)]
    assert len(read) > 20
    assert not [text for text in read if text.startswith("—") and text.endswith("—") and len(text) > 1]
