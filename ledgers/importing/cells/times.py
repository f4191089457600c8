"""Days and periods."""

from __future__ import annotations

from typing import Any

from django.db import models

from ledgers.importing.cells.base import Cell, Reading, number_as_text
from ledgers.importing.dates import read_date
from ledgers.importing.problems import CellProblem
from ledgers.importing.titles import time_in


class DateCell(Cell):
    """A date, in any of the ways of ``dates.read_date``."""

    def parse(self, value: Any, reading: Reading) -> Any:
        return read_date(
            value, date1904=reading.date1904, year=reading.year, zeros_kept=not reading.maybe_october
        )

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class PeriodCell(Cell):
    """A reporting period: ``2025Q3``, 2025年三季度, 2025年上半年, 2025年. Kept as its code when the field is text."""

    def parse(self, value: Any, reading: Reading) -> Any:
        period = time_in(value if isinstance(value, str) else number_as_text(value)).period()
        if period is None:
            raise CellProblem("看不出是哪个期间，请写成 2025Q3、2025年第三季度 或 2025年。")
        return str(period) if isinstance(self.field, models.CharField) else period
