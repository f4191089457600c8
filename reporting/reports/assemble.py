"""From the sections of a report and its facts to the document that every output is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reporting.documents.model import AnnexNote, Block, Document, FigureRun, Heading, Signature, Title
from reporting.narrative import Rendered
from reporting.reports.annexes import annexes, index
from reporting.reports.facts import Facts

#: Characters of 22pt on a line of 156 mm.
_TITLE_WIDTH: Final = 20


@dataclass(frozen=True)
class Part:
    """A section of the report with its figures in place."""

    heading: str
    level: int
    text: Rendered


#: From the numbers a document prints to the fingerprints of the unit's own figures among them, by code.
Fingerprints = Callable[[Sequence[FigureRun]], Mapping[str, str]]


def assemble(
    facts: Facts, subject: str, parts: Iterable[Part], fingerprints: Fingerprints | None = None
) -> Document:
    """The whole document; ``subject`` is what follows the unit's name in the title.

    The index prints fingerprints of all records behind the figures. A page that is only looked at does without.
    """
    unit, period = facts.unit.name, facts.period.label
    body: list[Block] = []
    for part in parts:
        body += [Heading(part.level, part.heading), *part.text.blocks]
    attached = annexes(facts)
    if fingerprints is not None:
        printed = Document("", "", facts.today, (*body, *(b for annex in attached for b in annex.contents)))
        if hashes := fingerprints(printed.figure_runs()):
            attached.append(index(facts, hashes))
    blocks: list[Block] = [Title(title_lines(unit, subject)), *body]
    if attached:
        blocks.append(AnnexNote(tuple(annex.title for annex in attached)))
    blocks.append(Signature(unit, facts.today))
    for number, annex in enumerate(attached, start=1):
        blocks.extend(annex.blocks(number if len(attached) > 1 else None))
    return Document(f"{unit}{subject}", unit, facts.today, tuple(blocks), ("统一战线", subject, period))


def title_lines(unit: str, rest: str) -> tuple[str, ...]:
    """One line when it fits, else broken between the unit and what it did."""
    width = len(unit) + len(rest) - sum(character.isascii() for character in rest) / 2
    return (unit + rest,) if width <= _TITLE_WIDTH else (unit, rest)
