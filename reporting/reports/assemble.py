"""From the sections of a report and its facts to the document that every output is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reporting.documents.model import AnnexNote, Block, Document, Heading, Signature, Title
from reporting.narrative import Rendered
from reporting.reports.annexes import annexes
from reporting.reports.facts import Facts

#: Characters of 22pt on a line of 156 mm.
_TITLE_WIDTH: Final = 20


@dataclass(frozen=True)
class Part:
    """A section of the report with its figures in place."""

    heading: str
    level: int
    text: Rendered


def assemble(facts: Facts, subject: str, parts: Iterable[Part]) -> Document:
    """The whole document; ``subject`` is what follows the unit's name in the title.

    What is printed gets an index of its figures besides (``with_index``); the numbers of a page are links.
    """
    unit, period = facts.unit.name, facts.period.label
    body: list[Block] = []
    for part in parts:
        body += [Heading(part.level, part.heading), *part.text.blocks]
    attached = annexes(facts)
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
