"""What every column has in common: blank marks, formula errors, the model field's own limits."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import models
from import_export.widgets import Widget

from ledgers.importing.grid import ErrorCell
from ledgers.importing.lookups import Lookups
from ledgers.importing.normalise import LONGEST_MARK, is_blank, tidy
from ledgers.importing.problems import CellProblem

# Excel keeps 15 significant digits; the rest of a longer number typed into a cell is zeros.
_EXCEL_DIGITS: Final = 10**15
FORMULA_ERROR: Final = "单元格里是公式错误（如 #DIV/0!），请改为实际的内容。"
_ERROR_TEXT: Final = re.compile(
    r"#(?:DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|ERROR!?)|Err:5\d\d"
)
DIGITS_LOST: Final = "号码在表格中被当作数字，后几位已经丢失，请把单元格改为文本格式后重新填写。"


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances a cell is read in."""

    #: The unit in the column's header, or on the sheet's 单位 line; empty when there is none.
    header_unit: str = ""
    date1904: bool = False
    #: Finds units and other records by name, within the reach of the import.
    lookups: Lookups | None = None
    #: The year that the sheet's name or title states, for dates without one.
    year: int | None = None
    #: In a file of nothing but text, 2023.1 may be what became of 2023.10.
    maybe_october: bool = False


_PLAIN: Final = Reading()


class Cell(Widget):
    """Base: blank marks are None, formula errors are refused, the model field's validators have the last word."""

    #: Whether a value merged over several rows, or left blank below itself, holds for all of them.
    spreads = True

    def __init__(self) -> None:
        super().__init__(coerce_to_string=False)
        self.field: models.Field[Any, Any] | None = None
        self._validators: list[Any] = []

    def bind(self, field: models.Field[Any, Any]) -> None:
        """Take limits and choices from the model field."""
        self.field = field
        self._validators = list(field.validators)

    def clean(self, value: Any, row: Mapping[str, Any] | None = None, **kwargs: Any) -> Any:
        return self.read(value, kwargs.get("reading", _PLAIN))

    def read(self, value: Any, reading: Reading) -> Any:
        """The cell's value for the model, or None; raises CellProblem."""
        if value is None or value == "":
            return None
        if isinstance(value, ErrorCell):
            raise CellProblem(FORMULA_ERROR)
        if isinstance(value, str):
            short = value.strip()
            # Saved as text, or by a program that keeps errors as what they show.
            if short[:1] in ("#", "E") and _ERROR_TEXT.fullmatch(short):
                raise CellProblem(FORMULA_ERROR)
            if len(short) <= LONGEST_MARK and is_blank(text := tidy(short)) and not self.knows(text):
                return None
        parsed = self.parse(value, reading)
        # Nothing but invisible characters is nothing, too.
        if parsed == "":
            return None
        if parsed is not None:
            for validator in self._validators:
                try:
                    validator(parsed)
                except ValidationError as error:
                    # Django's own sentences end with a half-width stop.
                    raise CellProblem("".join(f"{text.rstrip('.。')}。" for text in error.messages)) from None
        return parsed

    def are_values(self, texts: Sequence[str]) -> bool:
        """Whether ``read`` would give each of the texts back as it is: asked of many at once, where that is quicker.

        When it says no, each of them is to be read.
        """
        return False

    def knows(self, text: str) -> bool:
        """Whether a mark such as 无 is a value of this column rather than a blank."""
        return False

    def parse(self, value: Any, reading: Reading) -> Any:
        return value

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        """What an export puts into the cell: numbers as numbers, dates as dates, everything else as text."""
        return "" if value is None else str(value)

    def compare(self, value: Any) -> Any:
        """The form in which two values of this column are equal."""
        return "" if value is None else value


def number_as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if abs(value) >= _EXCEL_DIGITS:
            raise CellProblem(DIGITS_LOST)
        return str(int(value)) if value == int(value) else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M}"
    return str(value)
