"""What is known of the numbers a document prints, and the index that leads a reader of the paper back to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from ledgers.periods import Period
from reporting.documents.model import (
    Annex,
    AnnexNote,
    Block,
    Column,
    Document,
    FigureRun,
    Runs,
    Table,
    figure_runs,
    text,
)

INDEX_TITLE: Final = "数字索引"
#: Characters of the fingerprint that are printed: enough to find it again, short enough to read out.
HASH_SHOWN: Final = 12
_HASH_GROUP: Final = 4
#: What stands where nothing is known.
NOTHING: Final = "—"


@dataclass(frozen=True)
class TracedFigure:
    """One indicator for one unit and period, as the document prints it.

    ``scope`` is the unit's name, ``period`` the period's code (2025, 2025Q3), ``hash`` the SHA-256 of the records'
    versions. None is a number that is not known, never zero.
    """

    code: str
    label: str
    scope: str
    period: str
    unit: str
    value: Decimal | int | None
    records: int
    hash: str
    previous: Decimal | int | None = None
    same_period_last_year: Decimal | int | None = None
    target: Decimal | None = None

    @property
    def period_label(self) -> str:
        return Period.parse(self.period).label

    @property
    def short_hash(self) -> str:
        """The beginning of the fingerprint in groups, as it is printed: ``3fa9 01bc 77d2``."""
        shown = self.hash[:HASH_SHOWN]
        return " ".join(shown[start : start + _HASH_GROUP] for start in range(0, len(shown), _HASH_GROUP))


#: (indicator code, period, unit code), the last two empty for the document's own, as in ``FigureRun``.
Key = tuple[str, str, str]
TracedFigures = Mapping[Key, TracedFigure]


def key(run: FigureRun) -> Key:
    return run.code, run.period, run.unit


def with_index(document: Document, figures: TracedFigures) -> Document:
    """``document`` with the figure index as its last annex: named in the note below the body, annexes renumbered."""
    index = figure_index(document, figures)
    if index is None:
        return document
    blocks = [*document.blocks, Annex("", INDEX_TITLE), index]
    titles = [block.title for block in blocks if isinstance(block, Annex)]
    numbers = iter(range(1, len(titles) + 1))

    def renewed(block: Block) -> Block:
        if isinstance(block, AnnexNote):
            return AnnexNote(tuple(titles))
        if isinstance(block, Annex):
            # The only annex has no number: GB/T 9704-2012 7.3.4.
            return replace(block, label=f"附件{next(numbers) if len(titles) > 1 else ''}")
        return block

    return replace(document, blocks=tuple(renewed(block) for block in blocks))


def figure_index(document: Document, figures: TracedFigures) -> Table | None:
    """One row for each figure that is printed, with every form its number takes; None without any.

    The rows are in the order of first appearance, those of one indicator together.
    """
    printed: dict[str, dict[Key, list[str]]] = {}
    for run in figure_runs(document.blocks):
        forms = printed.setdefault(run.code, {}).setdefault(key(run), [])
        if run.text not in forms:
            forms.append(run.text)
    found = [(each, forms) for members in printed.values() for each, forms in members.items()]
    has_units = any(unit for (_, _, unit), _ in found)
    columns = [Column("印出的数字"), Column("指标"), Column("期间", "center"), Column("记录数", "right")]
    columns.append(Column("校验码", "center"))
    if has_units:
        columns.insert(2, Column("单位"))
    rows = []
    for each, forms in found:
        row = _index_row(each, figures.get(each), forms)
        rows.append(tuple(row if has_units else row[:2] + row[3:]))
    return Table("本文数字与台账记录对照", tuple(columns), tuple(rows)) if rows else None


def _index_row(printed: Key, figure: TracedFigure | None, forms: Sequence[str]) -> list[Runs]:
    """Forms, indicator, unit, period, number of records, fingerprint; a dash for what is not known."""
    code, period, unit = printed
    # Each form a run of its own: a line may end between two of them.
    said = text(*[part for form in forms for part in ("、", FigureRun(code, form, period, unit))][1:])
    if figure is None:
        return [
            said,
            *(text(known or NOTHING) for known in (code, unit, period, "", "")),
        ]
    return [
        said,
        text(figure.label),
        text(figure.scope),
        text(figure.period_label),
        (FigureRun(figure.code, str(figure.records), *printed[1:]),),
        text(figure.short_hash),
    ]
