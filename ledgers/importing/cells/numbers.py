"""Figures: counts, years, amounts of money, with the units they are written in."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.core.validators import DecimalValidator
from django.db import models

from ledgers.importing.cells.base import Cell, Reading
from ledgers.importing.problems import CellProblem
from ledgers.importing.units_of_measure import factor, read_number


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
