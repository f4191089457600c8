"""Words: free texts, and codes that are checked by their own digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models

from ledgers.identifiers import are_credit_codes, credit_code_problem, normalize_credit_code
from ledgers.importing.cells.base import DIGITS_LOST, Cell, Reading, number_as_text
from ledgers.importing.normalise import LONG_TEXT, LONGEST_MARK, are_tidy, is_blank, tidy
from ledgers.importing.problems import CellProblem

#: A text with none of these is no formula error saved as text, and no number that Excel has shortened.
_SUSPECT: Final = re.compile(r"[#+]|Err:")


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
        text = tidy(value, lines=self.lines) if isinstance(value, str) else number_as_text(value)
        if _is_scientific(text):
            raise CellProblem(DIGITS_LOST)
        if self.max_length and len(text) > self.max_length:
            raise CellProblem(f"文字过长，最多{self.max_length}个字，请缩短。")
        return text

    def are_values(self, texts: Sequence[str]) -> bool:
        return (
            (not self.max_length or max(map(len, texts)) <= self.max_length)
            and are_tidy(texts)
            and _SUSPECT.search("|".join(texts)) is None
            and not any(is_blank(text) for text in texts if len(text) <= LONGEST_MARK)
            and all(_accepts(validator, texts) for validator in self._validators)
        )


def _accepts(validator: Any, texts: Sequence[str]) -> bool:
    try:
        for text in texts:
            validator(text)
    except ValidationError:
        return False
    return True


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

    def are_values(self, texts: Sequence[str]) -> bool:
        return are_credit_codes(texts)
