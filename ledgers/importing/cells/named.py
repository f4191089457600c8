"""What is registered elsewhere: units, and records of other ledgers, by name."""

from __future__ import annotations

from typing import Any

from django.db import models

from ledgers.importing.cells.base import Cell, Reading, number_as_text
from ledgers.importing.normalise import tidy
from ledgers.importing.problems import CellProblem


class UnitCell(Cell):
    """A unit by name or division code, among the units within reach."""

    def bind(self, field: models.Field[Any, Any]) -> None:
        self.field = field

    def parse(self, value: Any, reading: Reading) -> Any:
        if reading.lookups is None:
            raise CellProblem("无法查找单位。")
        return reading.lookups.unit(number_as_text(value) if not isinstance(value, str) else tidy(value))

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
        text = number_as_text(value) if not isinstance(value, str) else tidy(value)
        return reading.lookups.record(self.model, self.by, text, suggests=self.suggests)

    def compare(self, value: Any) -> Any:
        return None if value is None else value.pk
