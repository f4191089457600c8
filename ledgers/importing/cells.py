"""What a column's cells mean: from a workbook cell to the model's value, and back for exports.

Each class is a django-import-export widget. ``clean`` raises CellProblem (a ValueError) with one Chinese sentence
that never repeats the cell's content; it returns None for a cell with nothing in it (blank, ``--``, 无). Conversions
that would be a guess (digits lost by Excel, October that has become January) are refused, not made.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator, MaxLengthValidator
from django.db import models
from import_export.widgets import Widget

from ledgers.identifiers import credit_code_problem, normalize_credit_code
from ledgers.importing.dates import read_date
from ledgers.importing.grid import ErrorCell
from ledgers.importing.lookups import Lookups, nearest, suggestion
from ledgers.importing.normalise import LONG_TEXT, LONGEST_MARK, fold, is_blank, tidy
from ledgers.importing.problems import CellProblem
from ledgers.importing.titles import time_in
from ledgers.importing.units_of_measure import factor, read_number

# Excel keeps 15 significant digits; the rest of a longer number typed into a cell is zeros.
_EXCEL_DIGITS: Final = 10**15
FORMULA_ERROR: Final = "单元格里是公式错误（如 #DIV/0!），请改为实际的内容。"
_ERROR_TEXT: Final = re.compile(
    r"#(?:DIV/0!|N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|ERROR!?)|Err:5\d\d"
)
_DIGITS_LOST: Final = "号码在表格中被当作数字，后几位已经丢失，请把单元格改为文本格式后重新填写。"


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


class TextCell(Cell):
    """Text. A number becomes its digits, unless Excel has lost some of them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = False
        self.max_length: int | None = None

    def bind(self, field: models.Field[Any, Any]) -> None:
        super().bind(field)
        self.lines = (field.max_length or LONG_TEXT) >= LONG_TEXT
        self.max_length = field.max_length
        self._validators = [found for found in field.validators if not isinstance(found, MaxLengthValidator)]

    def parse(self, value: Any, reading: Reading) -> Any:
        text = tidy(value, lines=self.lines) if isinstance(value, str) else _number_as_text(value)
        if _is_scientific(text):
            raise CellProblem(_DIGITS_LOST)
        if self.max_length and len(text) > self.max_length:
            raise CellProblem(f"文字过长，最多{self.max_length}个字，请缩短。")
        return text


def _number_as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if abs(value) >= _EXCEL_DIGITS:
            raise CellProblem(_DIGITS_LOST)
        return str(int(value)) if value == int(value) else f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def _is_scientific(text: str) -> bool:
    if "+" not in text:
        return False
    mantissa, mark, exponent = text.upper().partition("E+")
    return bool(mark) and exponent.isdigit() and mantissa.replace(".", "", 1).isdigit()


class CreditCodeCell(TextCell):
    """Unified social credit code, GB 32100-2015, with its check character."""

    def bind(self, field: models.Field[Any, Any]) -> None:
        super().bind(field)
        # parse says the same, once, and after blanks have been taken out.
        self._validators, self.max_length = [], None

    def parse(self, value: Any, reading: Reading) -> Any:
        if isinstance(value, str) and credit_code_problem(value) is None:
            return value
        code = normalize_credit_code(super().parse(value, reading)).replace("-", "")
        problem = credit_code_problem(code)
        if problem:
            raise CellProblem(problem)
        return code


class ChoiceCell(Cell):
    """One of the model's choices, by label, by value, by both (``C 制造业``), or by a synonym ``{text: value}``."""

    def __init__(self, synonyms: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.synonyms = dict(synonyms or {})
        self._values: dict[str, Any] = {}
        self._labels: dict[Any, str] = {}

    def bind(self, field: models.Field[Any, Any]) -> None:
        super().bind(field)
        self._validators = []
        # Only a hashable value can be stored; "" is the blank choice.
        self._labels = {value: str(label) for value, label in field.flatchoices if value not in (None, "")}
        for value, label in self._labels.items():
            self._values[fold(str(value))] = value
            self._values[fold(f"{value}{label}")] = self._values[fold(f"{label}{value}")] = value
        for value, label in self._labels.items():
            self._values[fold(label)] = value
        for text, value in self.synonyms.items():
            self._values.setdefault(fold(text), value)

    @property
    def labels(self) -> list[str]:
        """What can be chosen, in the model's order."""
        return list(self._labels.values())

    def knows(self, text: str) -> bool:
        return fold(text) in self._values

    def parse(self, value: Any, reading: Reading) -> Any:
        text = fold(_number_as_text(value) if not isinstance(value, str) else value)
        # 「C、制造业」 and 「C.制造业」 carry a separator that means nothing.
        for form in (text, text.replace("、", "").replace(".", "").replace("-", "").replace(":", "")):
            if form in self._values:
                return self._values[form]
        shown = "、".join(self.labels[:12]) + ("等" if len(self.labels) > 12 else "")
        close = nearest(text, self._values)
        hint = suggestion(self._labels.get(self._values[close], "") if close else "")
        raise CellProblem(f"不在可选的范围内{hint}，请填写：{shown}。")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self._labels.get(value, "" if value is None else str(value))


class _NumberCell(Cell):
    spreads = False
    places = 0

    def __init__(self, unit: str = "", *, minimum: int | None = 0) -> None:
        super().__init__()
        self.unit = unit
        self.minimum = minimum
        self.limit: Decimal | None = None
        self._factors: dict[str, Decimal] = {}

    def bind(self, field: models.Field[Any, Any]) -> None:
        super().bind(field)
        self.places = getattr(field, "decimal_places", None) or 0
        digits = getattr(field, "max_digits", None)
        self.limit = Decimal(10) ** (digits - self.places) if digits else None
        self._validators = [found for found in field.validators if not isinstance(found, DecimalValidator)]

    def factor(self, written: str) -> Decimal:
        """What a figure in the unit ``written`` is multiplied by; raises CellProblem."""
        if written not in self._factors:
            self._factors[written] = factor(written, self.unit)
        return self._factors[written]

    def number(self, value: Any, reading: Reading) -> Decimal:
        unit = reading.header_unit
        if isinstance(value, str):
            number, own_unit = read_number(value)
            unit = own_unit or unit
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise CellProblem("不是数字，请填写准确的数字；如果显示成了日期，请把单元格改为常规格式。")
        else:
            try:
                # Fifteen digits are what Excel computes with; the sixteenth is binary noise.
                number = Decimal(f"{value:.15g}")
            except InvalidOperation:
                raise CellProblem("不是数字，请填写准确的数字。") from None
            if not number.is_finite():
                raise CellProblem("不是数字，请填写准确的数字。")
        if unit:
            number *= self.factor(unit)
        if self.minimum is not None and number < self.minimum:
            raise CellProblem(f"不能小于{self.minimum}，请核对。")
        if self.limit is not None and abs(number) >= self.limit:
            raise CellProblem("数字过大，请核对单位和位数。")
        return number


class WholeCell(_NumberCell):
    """A whole number: 35, ``35人``, ``１，２００``."""

    def parse(self, value: Any, reading: Reading) -> Any:
        # The common case, without a detour through Decimal.
        if (
            type(value) is float
            and not reading.header_unit
            and 0 <= value < 1e9
            and value == int(value)
            and (self.minimum is None or value >= self.minimum)
        ):
            return int(value)
        number = self.number(value, reading)
        # Excel hands back whole numbers as floats; 3.0 households is 3.
        if number != number.to_integral_value():
            raise CellProblem("应为整数，请核对。")
        return int(number)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else int(value)


class YearCell(WholeCell):
    """A year. A sheet without the column may state the year of all its rows in its name or title."""

    def __init__(self) -> None:
        super().__init__("年")


class DecimalCell(_NumberCell):
    """A number with as many decimals as the model keeps; further ones are rounded half up, as the preview shows."""

    def parse(self, value: Any, reading: Reading) -> Any:
        try:
            return self.number(value, reading).quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)
        except InvalidOperation:
            raise CellProblem("数字过大，请核对单位和位数。") from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class MoneyCell(DecimalCell):
    """Money, kept in ``unit`` (万元 or 元); 元, 万元, 亿元 in headers and cells are converted."""

    def __init__(self, unit: str = "万元", *, minimum: int | None = 0) -> None:
        super().__init__(unit, minimum=minimum)


class DateCell(Cell):
    """A date, in any of the ways of ``dates.read_date``."""

    def parse(self, value: Any, reading: Reading) -> Any:
        return read_date(
            value, date1904=reading.date1904, year=reading.year, zeros_kept=not reading.maybe_october
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class YesNoCell(Cell):
    """是 / 否 / √ / × and their relatives."""

    YES: Final = frozenset({"是", "√", "✓", "✔", "☑", "有", "已", "对", "y", "yes", "true", "1", "是的", "v"})
    NO: Final = frozenset(
        {"否", "×", "✕", "✗", "✘", "x", "☒", "□", "无", "没有", "未", "不是", "非", "n", "no", "false", "0"}
    )

    def knows(self, text: str) -> bool:
        return text == "无"

    def parse(self, value: Any, reading: Reading) -> Any:
        text = fold(str(int(value)) if isinstance(value, bool | int | float) else str(value))
        if text in self.YES:
            return True
        if text in self.NO:
            return False
        raise CellProblem("看不出是「是」还是「否」，请填写是或否。")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else "是" if value else "否"


class PeriodCell(Cell):
    """A reporting period: ``2025Q3``, 2025年三季度, 2025年上半年, 2025年. Kept as its code when the field is text."""

    def parse(self, value: Any, reading: Reading) -> Any:
        period = time_in(value if isinstance(value, str) else _number_as_text(value)).period()
        if period is None:
            raise CellProblem("看不出是哪个期间，请写成 2025Q3、2025年第三季度 或 2025年。")
        return str(period) if isinstance(self.field, models.CharField) else period


class UnitCell(Cell):
    """A unit by name or division code, among the units within reach."""

    def bind(self, field: models.Field[Any, Any]) -> None:
        self.field = field

    def parse(self, value: Any, reading: Reading) -> Any:
        if reading.lookups is None:
            raise CellProblem("无法查找单位。")
        return reading.lookups.unit(_number_as_text(value) if not isinstance(value, str) else tidy(value))

    def compare(self, value: Any) -> Any:
        return None if value is None else value.pk


class RecordCell(Cell):
    """A record of another ledger, by a field that names it, among those within reach."""

    def __init__(self, model: type[models.Model] | str, *, by: str = "name", suggests: bool = True) -> None:
        """``suggests`` is off where the records are persons: nobody is named by a guess."""
        super().__init__()
        self.suggests = suggests
        self.model = model
        self.by = by

    def bind(self, field: models.Field[Any, Any]) -> None:
        self.field = field
        related = field.related_model
        if isinstance(related, type):
            self.model = related

    def parse(self, value: Any, reading: Reading) -> Any:
        if reading.lookups is None or isinstance(self.model, str):
            raise CellProblem("无法查找对应的记录。")
        text = _number_as_text(value) if not isinstance(value, str) else tidy(value)
        return reading.lookups.record(self.model, self.by, text, suggests=self.suggests)

    def compare(self, value: Any) -> Any:
        return None if value is None else value.pk
