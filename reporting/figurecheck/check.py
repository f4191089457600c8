"""The figure check: a text read back, number by number, before anybody signs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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


def check_text(text: str, context: FiguresContext | None = None) -> list[Finding]:
    """All findings in ``text``, in its order. Lines are paragraphs.

    Without ``context`` only what the sentences say themselves is checked: shares, sums, counts, comparisons.
    """
    binder = Binder(context) if context is not None else None
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
    if not sentence.quantities and "平" not in sentence.text and "番" not in sentence.text:
        return
    yield from check_shares(sentence)
    yield from check_sums(sentence)
    yield from check_counts(sentence)
    if binder is not None and carried is not None:
        yield from check_ledger(sentence, binder, carried)
    yield from check_comparisons(sentence, binder, carried)
