"""What a column's cells mean: from a workbook cell to the model's value, and back for exports.

Each class is a django-import-export widget. ``clean`` raises CellProblem (a ValueError) with one Chinese sentence
that never repeats the cell's content; it returns None for a cell with nothing in it (blank, ``--``, 无). Conversions
that would be a guess (digits lost by Excel, October that has become January) are refused, not made.
"""

from ledgers.importing.cells.base import Cell, Reading
from ledgers.importing.cells.choices import ChoiceCell, YesNoCell
from ledgers.importing.cells.named import RecordCell, UnitCell
from ledgers.importing.cells.numbers import DecimalCell, MoneyCell, WholeCell, YearCell
from ledgers.importing.cells.texts import CreditCodeCell, TextCell
from ledgers.importing.cells.times import DateCell, PeriodCell

__all__ = [
    "Cell",
    "ChoiceCell",
    "CreditCodeCell",
    "DateCell",
    "DecimalCell",
    "MoneyCell",
    "PeriodCell",
    "Reading",
    "RecordCell",
    "TextCell",
    "UnitCell",
    "WholeCell",
    "YearCell",
    "YesNoCell",
]
