"""Finding the header of a sheet and what its columns mean.

Headers stand under a title and a 填报单位 line, in one to three rows; groups are merged over their columns
(规模 over 注册资本 and 从业人数), units stand in brackets or in a row of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rapidfuzz import fuzz

from ledgers.importing.grid import Grid
from ledgers.importing.normalise import fold, tidy
from ledgers.importing.sheets import Column
from ledgers.importing.units_of_measure import measure

#: Header rows are looked for among the first rows of a sheet; real ledgers have them in rows 1 to 7.
HEADER_SEARCH_ROWS: Final = 15
MAX_HEADER_DEPTH: Final = 3
#: Two short Chinese labels that differ in one character of four are 75 alike, and usually mean different things
#: (成立时间, 入会时间), so that only near-identical wording counts as similar.
SIMILAR_ENOUGH: Final = 80
CLEARLY_BETTER: Final = 8

LONGEST_LABEL: Final = 40

_BRACKETED: Final = re.compile(r"\(([^()]*)\)")
_SLASH_UNIT: Final = re.compile(r"^(.+?)[/:](?:单位:?)?([^/:]{1,4})$")
_NUMBERING: Final = re.compile(r"^(?:\(?[0-9一二三四五六七八九十]{1,2}[.、)]|[*※#])+")
_NOTICE: Final = re.compile(r":.")


@dataclass(slots=True)
class Label:
    """The header of one column: what it says, the group above it, the unit in it."""

    index: int
    row: int
    text: str
    group: str
    unit: str
    forms: tuple[str, ...]


@dataclass(slots=True)
class Match:
    """A column of the workbook and the field it goes to; ``how`` says why, "" means that it is left out."""

    label: Label
    field: str
    how: str


@dataclass(slots=True)
class Header:
    rows: list[int]
    matches: list[Match]
    score: float

    @property
    def fields(self) -> set[str]:
        return {match.field for match in self.matches if match.field}


def cell_text(value: Any) -> str:
    return tidy(value) if isinstance(value, str) else ""


def _plain(text: str) -> tuple[str, str]:
    """A label without unit, remarks and numbering, and its unit: ``*注册资本(万元)`` gives 注册资本 and 万元."""
    folded = _NUMBERING.sub("", fold(text)).rstrip(":")
    unit = ""
    for inner in _BRACKETED.findall(folded):
        candidate = inner.removeprefix("单位").lstrip(":")
        if measure(candidate) is not None:
            unit = candidate
    bare = _BRACKETED.sub("", folded)
    if not unit and (match := _SLASH_UNIT.match(bare)) and measure(match[2]) is not None:
        bare, unit = match[1], match[2]
    return bare, unit


def _label(index: int, parts: Sequence[tuple[int, str]]) -> Label:
    """``parts`` are the non-empty header cells above one column, top first."""
    row, text = parts[-1]
    groups = [part for _, part in parts[:-1]]
    group = groups[-1] if groups else ""
    bare, unit = _plain(text)
    forms = [fold(text), bare]
    if group:
        above = _plain(group)[0]
        forms = [above + bare, fold(group) + fold(text), *forms]
        if measure(bare) is not None:
            # A row of units below the names: the name is the group's, 户 and 人 alone name nothing.
            unit = bare
            forms = [above + bare, above]
            text = group
        elif not unit:
            unit = _plain(group)[1]
    return Label(index, row, text, group, unit, tuple(dict.fromkeys(form for form in forms if form)))


class HeaderFinder:
    """Matches the header rows of one sheet with a ledger's columns."""

    def __init__(self, grid: Grid, columns: Mapping[str, Column]) -> None:
        self.grid = grid
        self.columns = columns
        self.words: dict[str, list[tuple[str, int]]] = {}
        for name, column in columns.items():
            for rank, word in enumerate(column.words):
                for form in {fold(word), _plain(word)[0]}:
                    if form:
                        self.words.setdefault(form, []).append((name, 0 if rank == 0 else 1))
        self._spans = {
            (top, left): (bottom, right)
            for (top, left), (bottom, right) in grid.merged
            if top < HEADER_SEARCH_ROWS + 3
        }

    def find(self) -> Header | None:
        """The best header, or None when no row of the sheet looks like one."""
        best: Header | None = None
        limit = min(HEADER_SEARCH_ROWS, len(self.grid.rows))
        for top in range(limit):
            for depth in range(1, MAX_HEADER_DEPTH + 1):
                if top + depth > len(self.grid.rows) or not self._may_be_header(top, depth):
                    break
                found = self.read(list(range(top, top + depth)))
                if found.fields and (best is None or found.score > best.score + 1e-9):
                    best = found
        if best is not None and len(best.rows) == 1:
            best = self._with_groups(best)
        return best or self._unmatched(limit)

    def read(self, rows: list[int]) -> Header:
        """The header in exactly these rows."""
        labels = self._labels(rows)
        matches = self._match(labels)
        score = 0.0
        for match in matches:
            if match.field:
                score += {"label": 1.0, "synonym": 0.95}.get(match.how, 0.6)
                score += 0.5 if self.columns[match.field].required else 0
        if len(rows) > 1 and self._is_units(rows[-1]):
            score += 0.5
        # Every row taken into the header has to earn its place.
        return Header(rows, matches, score - 0.3 * (len(rows) - 1))

    def _is_units(self, row: int) -> bool:
        """A row that holds nothing but units of measure, below the names they belong to."""
        texts = [fold(text) for text in map(cell_text, self.grid.rows[row]) if text]
        return all(measure(text) is not None for text in texts)

    def _cell(self, row: int, column: int) -> str:
        cells = self.grid.rows[row]
        return cell_text(cells[column]) if column < len(cells) else ""

    def _may_be_header(self, top: int, depth: int) -> bool:
        """A header row holds short texts; a row with numbers or a line like 填报单位：… is none."""
        row = self.grid.rows[top + depth - 1]
        texts = [cell_text(value) for value in row]
        filled = sum(value not in ("", None) for value in row)
        # One text alone is the title of a table of several columns.
        if not filled or (depth == 1 and filled == 1 and self.grid.width > 2):
            return False
        # Remarks in brackets, (格式:区号-号码), are no part of what a label says.
        bare = [_BRACKETED.sub("", fold(text)) for text in texts]
        if any(
            _NOTICE.search(plain) and not _plain(text)[1] for plain, text in zip(bare, texts, strict=True)
        ):
            return False
        numbers = sum(not isinstance(value, str) and value is not None for value in row)
        return numbers == 0 and all(len(plain) <= LONGEST_LABEL for plain in bare)

    def _labels(self, rows: list[int]) -> list[Label]:
        width = max((len(self.grid.rows[row]) for row in rows), default=0)
        stacks: list[list[tuple[int, str]]] = [[] for _ in range(width)]
        for position, row in enumerate(rows):
            last = position == len(rows) - 1
            group = ""
            group_until = -1
            for column in range(width):
                text = self._cell(row, column)
                if text:
                    bottom, right = self._spans.get((row, column), (row, column))
                    stacks[column].append((row, text))
                    # A cell merged down through the header is a label of its own, no group. Where the format does
                    # not tell what is merged, a group reaches as far as nothing else stands beside it.
                    closed = bottom >= rows[-1] and bottom > row
                    group = "" if last or closed else text
                    group_until = right if self.grid.merged else width
                elif group and column <= group_until and self._is_grouped(rows[position + 1 :], column):
                    stacks[column].append((row, group))
                else:
                    group = ""
        return [_label(index, parts) for index, parts in enumerate(stacks) if parts]

    def _is_grouped(self, below: list[int], column: int) -> bool:
        return any(self._cell(row, column) for row in below)

    def _match(self, labels: list[Label]) -> list[Match]:
        taken: dict[str, Match] = {}
        matches = [Match(label, "", "") for label in labels]
        # The most telling wording first: group and label together, before the label alone; labels before synonyms.
        for depth in range(4):
            for rank, how in ((0, "label"), (1, "synonym")):
                for match in matches:
                    if match.field or depth >= len(match.label.forms):
                        continue
                    for name, word_rank in self.words.get(match.label.forms[depth], ()):
                        if word_rank == rank and name not in taken:
                            match.field, match.how = name, how
                            taken[name] = match
                            break
        for match in matches:
            if not match.field and (name := self._similar(match.label, set(taken))):
                match.field, match.how = name, "similar"
                taken[name] = match
        return matches

    def _similar(self, label: Label, taken: set[str]) -> str:
        """The one field whose wording is nearly this label's, or "": two candidates are as bad as none."""
        scores: dict[str, float] = {}
        for form in label.forms:
            if len(form) < 4:
                continue
            for word, owners in self.words.items():
                if len(word) >= 4:
                    alike = fuzz.ratio(form, word)
                    for name, _ in owners:
                        scores[name] = max(scores.get(name, 0), alike)
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        if not ranked or ranked[0][1] < SIMILAR_ENOUGH or ranked[0][0] in taken:
            return ""
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < CLEARLY_BETTER:
            return ""
        return ranked[0][0]

    def _with_groups(self, header: Header) -> Header:
        """Take the row of group names above into the header, so that it is shown and remembered with it."""
        above = header.rows[0] - 1
        if above < 0 or not self._may_be_header(above, 1):
            return header
        spanning = [
            right > left
            for (top, left), (bottom, right) in self._spans.items()
            if top == above == bottom and self._cell(top, left)
        ]
        return self.read([above, *header.rows]) if any(spanning) else header

    def _unmatched(self, limit: int) -> Header | None:
        """No word is known: the first row that is all labels, for the user to say what they mean."""
        for top in range(limit):
            filled = sum(bool(text) for text in map(cell_text, self.grid.rows[top]))
            if filled >= 2 and filled >= self.grid.width // 2 and self._may_be_header(top, 1):
                return self.read([top, *self._rows_below(top)])
        return None

    def _rows_below(self, top: int) -> list[int]:
        """The second row of a header, when merged cells show that there is one."""
        below = top + 1
        merged = any(row == top and corner != (row, column) for (row, column), corner in self._spans.items())
        is_one = merged and below < len(self.grid.rows) and self._may_be_header(below, 1)
        return [below] if is_one else []
