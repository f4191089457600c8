"""Which rows of a sheet are records, and why the others are not."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledgers.importing.headers import cell_text
from ledgers.importing.normalise import fold

TOTALS: Final = frozenset(
    {"合计", "小计", "总计", "共计", "累计", "总数", "总和", "本页合计", "本页小计", "合计数"}
    | {"全镇", "全乡", "全街道", "全县", "全区", "全市", "本镇", "本乡", "本街道"}
)
_COUNTED: Final = re.compile(r"(?:\([^()]*\)|(?<=计)[:]?\d+[个家人户名处次条]?)$")
_TOTAL_OF: Final = re.compile(r"^[^()]{1,10}(?:小计|合计|总计)$")
_OF_WHICH: Final = re.compile(r"^(?:\(?其中(?:[:,、].*)?\)?|其中.{0,4})$")
_DOING: Final = (
    r"(?:填表|填报|制表|审核|复核|审批|审签|核实|校对|经办|联系|负责|统计|报送|上报|编制|签发|主管|分管|录入)"
)
_FOOTER: Final = re.compile(
    rf"^(?P<word>(?:单位|部门|村|社区|镇|乡|统计|主要|分管|主管|业务|具体|本表)?{_DOING}"
    r"(?:人员?|员|者|单位|部门|领导|日期|时间|电话|方式)(?:签[字名章]|盖章)?(?:[及和、]联系(?:电话|方式))?|"
    r"制表|审核|复核|日期|时间|电话|(?:单位|分管|主管|镇|乡|村|主要)领导|备注|说明|注|附注?|附件|"
    r"(?:填表|填报|编制|指标|数据)?(?:说明|须知)|(?:数据|资料)来源|打印(?:日期|时间)|"
    r"单位\(?(?:公章|盖章|签章)\)?|\(?(?:公章|盖章)\)?)(?:\([^()]*\))?(?P<colon>[:].*)?$"
)
#: Without one of these characters (or one that folds to another) a text is no total's; few texts have one, and no
#: text in ASCII.
_TOTAL_SIGNS: Final = re.compile(
    f"[{''.join(sorted({word[0] for word in TOTALS}))}计其\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]"
)
_NUMBERS: Final = frozenset({int, float})
_BLANKS: Final = frozenset({"", None})
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
#: A code may be followed by how the column is worked out: 3=1+2.
_CODE: Final = re.compile(r"^\(?(\d{1,2})\)?(?:=.*)?$|^\(?([a-z])\)?$")


def is_blank_row(row: list[Any]) -> bool:
    return all(
        value is None or value == "" or (isinstance(value, str) and not value.strip()) for value in row
    )


def total_word(text: str) -> str:
    """The wording that makes a label cell one of a total, or ""."""
    if _TOTAL_SIGNS.search(text) is None:
        return ""
    # 合计（12家） and 小计:3家 are totals as well.
    folded = _COUNTED.sub("", fold(text)).rstrip(":")
    if folded in TOTALS:
        return folded
    if _OF_WHICH.match(folded):
        return "其中"
    if _TOTAL_OF.match(folded):
        return folded[-2:]
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

    ``labels`` are the texts of the header's cells, by column; ``keys`` and ``texts`` the columns of the natural key and
    those with words rather than figures; ``wide`` the rows with a cell merged across several columns.
    """

    def __init__(
        self,
        *,
        header_end: int,
        labels: Mapping[int, Collection[str]],
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
        self.keys = frozenset(keys)
        self.label_cells = sorted({*units, *keys, *sorted(mapped)[:2]})
        self.own = self.mapped.difference(units)
        self.texts = frozenset(texts).difference(units)
        self.wide = wide
        self._below_table = False

    def of(self, row: list[Any], number: int) -> OtherRow | None:
        """None for a record."""
        if number <= self.header_end + 2 and is_code_row(row):
            return OtherRow("栏次")
        position, first = first_cell(row)
        # A number in the first cell, no total, something of its own: a record, as nearly every row is.
        if not first and not self._below_table and self._has_own(row) and not self._total(row, position):
            return None
        filled = {index for index, value in enumerate(row) if value is not None and value != ""}
        if first:
            if word := footer_word(first, alone=position not in self.mapped and len(filled) == 1):
                self._below_table = True
                return OtherRow(word)
            if fold(first) in self.labels.get(position, ()) and self._is_header_again(row):
                self._below_table = False
                return OtherRow("重复的表头")
        if word := self._total(row, position):
            return OtherRow(word, closes_group=True)
        return self._incomplete(filled, first, number)

    def are_plain(self, columns: Mapping[int, Sequence[Any]], first: int) -> bool:
        """Whether ``of`` would call every one of some rows a record, as far as that can be told by column.

        ``columns`` are those of ``looked_at``; ``first`` is the number of the first row.
        """
        if self._below_table or first <= self.header_end + 2 or not set(map(type, columns[0])) <= _NUMBERS:
            return False
        if not any(_BLANKS.isdisjoint(columns[index]) for index in self.own):
            return False
        for index in self.label_cells:
            texts = [value for value in set(columns[index]) if isinstance(value, str)]
            together = "\n".join(texts)
            if not together.isascii() and _TOTAL_SIGNS.search(together) and any(map(total_word, texts)):
                return False
        return True

    @property
    def looked_at(self) -> frozenset[int]:
        """The columns that tell whether rows are plain."""
        return self.own.union((0,), self.label_cells)

    def _has_own(self, row: list[Any]) -> bool:
        return any(row[index] not in (None, "") for index in self.own if index < len(row))

    def _total(self, row: list[Any], position: int) -> str:
        for index in {position, *self.label_cells}:
            text = row[index] if 0 <= index < len(row) else ""
            word = total_word(text) if isinstance(text, str) else ""
            # 「合计」 says so in any label cell; 「上河村小计」 and 「其中」 in the row's first, in the village's, and
            # beside it when nothing else names a record.
            if word and (
                index in (position, self.unit_at)
                or _COUNTED.sub("", fold(text)).rstrip(":") in TOTALS
                or self._names_nothing(row, index)
            ):
                return word
        return ""

    def _names_nothing(self, row: list[Any], index: int) -> bool:
        """Whether the natural key is blank, but for this cell and the village's."""
        keys = self.keys.difference({index, self.unit_at})
        return bool(keys) and not any(row[key] not in (None, "") for key in keys if key < len(row))

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
        """The header, or one of its rows, repeated at the top of a printed page."""
        cells = [
            (index, fold(cell_text(value))) for index, value in enumerate(row) if value not in (None, "")
        ]
        same = sum(text in self.labels.get(index, ()) for index, text in cells)
        return same >= max(2, len(cells) * 6 // 10)
