"""The form of a composition: every group a row, two numbers each; what is small is merged when it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms

from ledgers.disclosure import OTHER, OTHER_LABEL, Row
from ledgers.returns.composition import Composition
from ledgers.returns.forms import Grid, GridCell, GridRow, GridSum, QuarterForm
from ledgers.returns.rules import label as heading

OTHER_GROUPS = "other_groups"


class CountField(forms.IntegerField):
    """A number of people or households; blank is none."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False, min_value=0, max_value=10_000_000)


class CompositionForm(QuarterForm):
    """Fields ``<column>_<code>`` for every group, and for what the office itself has as 其他."""

    sections: ClassVar[list[tuple[str, tuple[str, ...]]]] = [
        ("报表", ("unit", "period")),
        ("数字", ()),
        ("说明", ("remark",)),
    ]
    #: Whether the two columns add up to the number of people.
    adds_up: ClassVar[bool] = True

    def prepare(self) -> None:
        model: type[Composition] = self._meta.model
        self.codes = [*model.categories, OTHER]
        for code in self.codes:
            label = model.categories.get(code, OTHER_LABEL)
            for column in model.columns:
                title = heading(model, column)
                self.fields[f"{column}_{code}"] = CountField(f"{label}{title}")
        self.fields[OTHER_GROUPS] = CountField(f"其他中的{model.noun}个数")
        if self.instance.pk:
            self._fill_in(self.instance)

    def _fill_in(self, record: Composition) -> None:
        """What is kept of the table; what was merged or hidden has to be entered again for a change."""
        for code, row in record.rows().items():
            for column, value in zip(record.columns, record.columns_of(row), strict=True):
                if value is not None:
                    self.initial[f"{column}_{code}"] = value
            if code == OTHER:
                self.initial[OTHER_GROUPS] = row.groups

    def _numbers(self, code: str) -> tuple[int, ...]:
        columns: tuple[str, ...] = self._meta.model.columns
        return tuple(self.cleaned_data.get(f"{column}_{code}") or 0 for column in columns)

    def clean(self) -> dict[str, Any]:
        super().clean()
        entered = {code: numbers for code in self.codes if any(numbers := self._numbers(code))}
        for code, numbers in entered.items():
            for problem in self.row_problems(code, numbers):
                self.add_error(f"{self._meta.model.columns[-1]}_{code}", problem)
        if not entered and not self.errors:
            raise forms.ValidationError(f"请至少填写一个{self._meta.model.noun}的人数。")
        self._table = {
            code: self._meta.model.row(
                numbers, max(self.cleaned_data.get(OTHER_GROUPS) or 1, 1) if code == OTHER else 1
            )
            for code, numbers in entered.items()
        }
        self._totals = tuple(
            sum(numbers[place] for numbers in entered.values())
            for place in range(len(self._meta.model.columns))
        )
        return self.cleaned_data

    def row_problems(self, code: str, numbers: tuple[int, ...]) -> Iterator[str]:
        yield from ()

    def _post_clean(self) -> None:
        table: dict[str, Row] | None = getattr(self, "_table", None)
        if table is not None and not self.errors:
            # Small groups end here: the instance never holds the table as it was entered.
            self.instance.fill(table, self._totals)
        super()._post_clean()  # type: ignore[misc]  # missing in django-stubs
        if not self.errors:
            for problem in self.instance.problems():
                self.add_error(None, problem)

    def grid(self) -> Grid:
        model: type[Composition] = self._meta.model
        before = self.before.rows() if self.before is not None else {}

        def used(code: str) -> bool:
            return code in before or any(self[f"{column}_{code}"].value() for column in model.columns)

        rows = {code: self._row(code, before.get(code)) for code in self.codes}
        first = [code for code in model.categories if used(code)] or list(model.categories)[:12]
        rest = [code for code in model.categories if code not in first]
        return Grid(
            columns=tuple(heading(model, column) for column in model.columns),
            rows=tuple(rows[code] for code in [*first, OTHER]),
            more=tuple(rows[code] for code in rest),
            more_label=f"其余{len(rest)}个{model.noun}",
            sums=(
                GridSum(
                    "合计",
                    tuple(
                        (
                            "sum",
                            f"s0_{place}",
                            str(sum(self.number(f"{column}_{code}") for code in self.codes)),
                        )
                        for place, column in enumerate(model.columns)
                    ),
                ),
            ),
            before_label=self.before_label,
            notes=tuple(self.notes()),
            swing=0,
        )

    def notes(self) -> Iterator[str]:
        """What happens to small groups, said before the table is saved."""
        noun = self._meta.model.noun
        yield (
            f"保存时，不足5人的{noun}自动并入“其他”；为防止从合计反推，必要时一并隐去相邻的{noun}或只保留人数。"
            f"并入前的数字不保存，请自行留存原始统计表。{noun}个数照实登记。"
        )
        if self.instance.pk and self.instance.is_merged:
            yield f"这张表有并入“其他”或隐去的数字，修改时请按原始统计表把全部{noun}重新填写一遍，并清空“其他”一行。"

    def _row(self, code: str, before: Row | None) -> GridRow:
        model: type[Composition] = self._meta.model
        label = model.categories.get(code, OTHER_LABEL)
        past = model.columns_of(before) if before is not None else (None,) * len(model.columns)
        cells = tuple(
            GridCell(self[f"{column}_{code}"], past[place], f"s0_{place}", f"{label}{place_label}")
            for place, (column, place_label) in enumerate(
                (column, heading(model, column)) for column in model.columns
            )
        )
        return GridRow(label, cells, note="other" if code == OTHER else "")

    @property
    def other_groups(self) -> Any:
        return self[OTHER_GROUPS]
