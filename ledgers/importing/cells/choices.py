"""One of a few: choices of the model, yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import models

from ledgers.importing.cells.base import Cell, Reading, number_as_text
from ledgers.importing.lookups import nearest, suggestion
from ledgers.importing.normalise import fold
from ledgers.importing.problems import CellProblem


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
        text = fold(number_as_text(value) if not isinstance(value, str) else value)
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
