"""The figure check: a text read back, number by number, before anybody signs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reporting.documents.model import Document, FigureRun, Heading, Paragraph, Run, TextRun, plain
from reporting.figurecheck.binding import Binder
from reporting.figurecheck.comparisons import check_comparisons
from reporting.figurecheck.context import FiguresContext
from reporting.figurecheck.counts import check_counts
from reporting.figurecheck.finding import Finding
from reporting.figurecheck.ledger import check_ledger
from reporting.figurecheck.sentence import Sentence
from reporting.figurecheck.setting import Setting
from reporting.figurecheck.shares import check_shares
from reporting.figurecheck.sums import check_sums
from reporting.figurecheck.text import sentences

#: Nobody writes sentences of this length; a file that has them is no prose.
LONGEST: Final = 1500
#: Claims without a number of their own: 与上年持平, 翻了一番.
_WITHOUT_NUMBER: Final = ("平", "不变", "没有变化", "番", "倍")


@dataclass(frozen=True)
class DocumentFinding:
    """A finding in a block of a document; its offsets are in the text of that block's runs put together."""

    block: int
    finding: Finding


def check_text(text: str, context: FiguresContext | None = None) -> list[Finding]:
    """All findings in ``text``, in its order. Lines are paragraphs.

    Without ``context`` only what the sentences say themselves is checked: shares, sums, counts, comparisons.
    """
    return _check(text, Binder(context) if context is not None else None)


def check_document(document: Document, context: FiguresContext) -> list[DocumentFinding]:
    """Findings in the headings and paragraphs of a report, as far as somebody has typed them.

    A FigureRun comes from the ledger and is right. It takes part in the arithmetic, but a finding that rests on
    FigureRuns alone is none.
    """
    binder = Binder(context)
    found = []
    for number, block in enumerate(document.blocks):
        if isinstance(block, Paragraph | Heading):
            runs = block.runs if isinstance(block, Paragraph) else (TextRun(block.text),)
            given = _figure_spans(runs)
            found += [
                DocumentFinding(number, finding)
                for finding in _check(plain(runs), binder)
                if not all(_inside(span, given) for span in finding.spans)
            ]
    return found


def _figure_spans(runs: Sequence[Run]) -> list[tuple[int, int]]:
    spans, at = [], 0
    for run in runs:
        if isinstance(run, FigureRun):
            spans.append((at, at + len(run.text)))
        at += len(run.text)
    return spans


def _inside(span: tuple[int, int], given: Sequence[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in given)


def _check(text: str, binder: Binder | None) -> list[Finding]:
    carried = binder.settings.default if binder else None
    paragraph = -1
    findings: list[Finding] = []
    for reading in sentences(text):
        if len(reading.text) > LONGEST:
            continue
        if binder is not None and reading.paragraph != paragraph:
            paragraph, carried = reading.paragraph, binder.settings.default
        sentence = Sentence(reading)
        findings += sorted(_findings(sentence, binder, carried), key=lambda finding: finding.start)
        if binder is not None and carried is not None:
            carried = binder.settings.at(sentence.text, len(sentence.text), carried)
    return findings


def _findings(sentence: Sentence, binder: Binder | None, carried: Setting | None) -> Iterator[Finding]:
    yield from check_counts(sentence)
    if not sentence.quantities and not any(word in sentence.text for word in _WITHOUT_NUMBER):
        return
    yield from check_shares(sentence)
    yield from check_sums(sentence)
    if binder is not None and carried is not None:
        yield from check_ledger(sentence, binder, carried)
    yield from check_comparisons(sentence, binder, carried)
