"""Which rows of a sheet are records, and why the others are not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledgers.importing.headers import cell_text
from ledgers.importing.normalise import fold

TOTALS: Final = frozenset(
    {"合计", "小计", "总计", "共计", "累计", "总数", "总和", "本页合计", "本页小计", "合计数"}
)
_TOTAL_OF: Final = re.compile(r"^[^()]{1,10}(?:小计|合计|总计)[:)]?$")
_OF_WHICH: Final = re.compile(r"^(?:其中(?:[:,、].*)?|其中.{0,4})$")
_FOOTER: Final = re.compile(
    r"^(?P<word>填表人|填报人|制表人?|制表单位|审核人?|复核人?|审批人?|单位负责人|负责人|分管领导|经办人|联系人|联系电话|电话|"
    r"填报日期|填表日期|填报时间|填表时间|报送时间|报送日期|制表日期|制表时间|日期|备注|说明|填表说明|填报说明|注|附注|附|"
    r"单位\(?(?:公章|盖章|签章)\)?|\(?(?:公章|盖章)\)?)(?:\([^()]*\))?(?P<colon>[:].*)?$"
)
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
_CODE: Final = re.compile(r"^\(?(\d{1,2})\)?$|^\(?([a-z])\)?$")


def is_blank_row(row: list[Any]) -> bool:
    return all(
        value is None or value == "" or (isinstance(value, str) and not value.strip()) for value in row
    )


def total_word(text: str) -> str:
    """The wording that makes a label cell one of a total, or ""."""
    folded = fold(text).rstrip(":")
    if folded in TOTALS:
        return folded
    if _OF_WHICH.match(folded):
        return "其中"
    if _TOTAL_OF.match(folded):
        return folded[-2:] if folded[-1] not in ":)" else folded[-3:-1]
    return ""


def footer_word(text: str, *, alone: bool) -> str:
    """The wording that makes a row a line below the table; without a colon only if the cell stands ``alone``."""
    match = _FOOTER.match(fold(text))
    if match and (match["colon"] or alone):
        return match["word"].strip("()")
    return ""


def is_code_row(row: list[Any]) -> bool:
    """The row 甲 乙 丙 1 2 3 below the header of a statistical form."""
    codes: list[str] = []
    for value in row:
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            return False
        if isinstance(value, int | float):
            codes.append(str(int(value)) if value == int(value) else "")
        else:
            codes.append(fold(str(value)))
    stems = [code for code in codes if len(code) == 1 and code in _STEMS]
    rest = [code for code in codes if not (len(code) == 1 and code in _STEMS)]
    if len(codes) < 2 or stems != list(_STEMS[: len(stems)]):
        return False
    numbers = [int(match[1]) for code in rest if (match := _CODE.match(code)) and match[1]]
    letters = [match[2] for code in rest if (match := _CODE.match(code)) and match[2]]
    if len(numbers) + len(letters) != len(rest):
        return False
    in_order = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    # A row of numbers alone must count from 1 and be long enough not to be somebody's figures.
    return in_order and (bool(stems) or (len(codes) >= 3 and bool(numbers) and numbers[0] in (0, 1)))


def first_cell(row: list[Any]) -> tuple[int, str]:
    """Position and text of the first filled cell; (-1, "") when its content is no text."""
    for index, value in enumerate(row):
        if value is None or value == "":
            continue
        text = cell_text(value)
        if not text and isinstance(value, str):
            continue
        return (index, text) if text else (-1, "")
    return -1, ""


@dataclass(frozen=True, slots=True)
class OtherRow:
    """A row that is no record: why, and the unit it names for the rows below it."""

    why: str
    closes_group: bool = False
    heading: str = ""


class RowKinds:
    """Tells records from everything else below the header of one sheet, row by row from the top.

    ``keys`` and ``texts`` are the columns of the natural key and those with words rather than figures; ``wide``
    the rows with a cell merged across several columns.
    """

    def __init__(
        self,
        *,
        header_end: int,
        labels: Mapping[int, str],
        mapped: Sequence[int],
        unit_at: int | None,
        keys: Sequence[int],
        texts: Sequence[int],
        wide: set[int],
    ) -> None:
        self.header_end = header_end
        self.labels = labels
        self.mapped = frozenset(mapped)
        self.unit_at = unit_at
        # Where a total's wording may stand: the village's column, and the first two or those that name the record.
        units = () if unit_at is None else (unit_at,)
        self.label_cells = sorted({*units, *keys, *sorted(mapped)[:2]})
        self.own = self.mapped.difference(units)
        self.texts = frozenset(texts).difference(units)
        self.wide = wide
        self._below_table = False

    def of(self, row: list[Any], number: int) -> OtherRow | None:
        """None for a record."""
        if number <= self.header_end + 2 and is_code_row(row):
            return OtherRow("栏次")
        filled = {index for index, value in enumerate(row) if value is not None and value != ""}
        position, first = first_cell(row)
        if first:
            if word := footer_word(first, alone=position not in self.mapped and len(filled) == 1):
                self._below_table = True
                return OtherRow(word)
            if self.labels.get(position) == fold(first) and self._is_header_again(row):
                return OtherRow("重复的表头")
        if word := self._total(row, position):
            return OtherRow(word, closes_group=True)
        return self._incomplete(filled, first, number)

    def _total(self, row: list[Any], position: int) -> str:
        for index in {position, *self.label_cells}:
            text = cell_text(row[index]) if 0 <= index < len(row) else ""
            word = total_word(text) if text else ""
            # 「上河村小计」 and 「其中」 say so only in the row's first cell; 「合计」 in any label cell.
            if word and (index == position or fold(text).rstrip(":") in TOTALS):
                return word
        return ""

    def _incomplete(self, filled: set[int], first: str, number: int) -> OtherRow | None:
        alone = len(filled) == 1
        if first and alone and (number in self.wide or not filled & self.mapped):
            if self._below_table:
                return OtherRow("表尾说明")
            return OtherRow("分组标题", closes_group=True, heading=first)
        if not filled & self.own:
            return OtherRow("表尾说明" if self._below_table and first else "只有序号")
        if self._below_table and not filled & self.texts:
            return OtherRow("表尾说明")
        return None

    def _is_header_again(self, row: list[Any]) -> bool:
        """The header repeated at the top of a printed page."""
        same = sum(
            index < len(row) and fold(cell_text(row[index])) == text for index, text in self.labels.items()
        )
        return same >= max(2, len(self.labels) * 6 // 10)
