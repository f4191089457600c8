"""Forms of quarterly tables: figures in a grid, last quarter's beside each, sums worked out while typing.

The sums on the page are a help; what counts is worked out here and in the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Field, Fieldset, Layout
from django import forms
from django.template.loader import render_to_string

from ledgers.forms import RecordForm
from ledgers.models import OrgUnit
from ledgers.periods import Period, PeriodError
from ledgers.returns.deadlines import last_quarter, quarters_offered
from ledgers.returns.models import Quarterly, Return

#: The second button of a return's form: save, and hand in.
SUBMIT: Final = "_submit"


@dataclass(frozen=True)
class GridCell:
    """An input of the grid, with the figure of the quarter before."""

    bound: Any
    before: int | None
    sums: str
    label: str

    def render(self) -> str:
        described = f"{self.bound.auto_id}_before" if self.before is not None else ""
        if self.bound.errors:
            described = f"{self.bound.auto_id}_error {described}".strip()
        attrs = {
            "class": "form-control" + (" is-invalid" if self.bound.errors else ""),
            "min": "0",
            "step": "1",
            "inputmode": "numeric",
            "autocomplete": "off",
            "aria-label": self.label,
            "data-adds": self.sums,
        }
        if described:
            attrs["aria-describedby"] = described
        if self.before is not None:
            attrs["data-before"] = str(self.before)
        return str(self.bound.as_widget(attrs=attrs))


@dataclass(frozen=True)
class GridRow:
    label: str
    cells: tuple[GridCell, ...]
    note: str = ""


@dataclass(frozen=True)
class GridSum:
    """A line that the page works out: the sum of a column, or one sum in percent of another."""

    label: str
    cells: tuple[tuple[str, str, str], ...]  # (kind: sum or share, what of, the value now)


@dataclass(frozen=True)
class Grid:
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    sums: tuple[GridSum, ...] = ()
    more: tuple[GridRow, ...] = ()
    more_label: str = ""
    before_label: str = ""
    notes: tuple[str, ...] = ()
    #: A change by more than this many percent is pointed out while typing, because it has to be explained; 0: none.
    swing: int = 20
    errors: list[str] = field(default_factory=list)


class GridLayout:
    """The place of the grid in the form's layout."""

    def render(self, form: Any, context: Any, **kwargs: Any) -> str:
        return render_to_string("returns/_grid.html", {"grid": form.grid(), "form": form})


def quarter_choices() -> list[tuple[str, str]]:
    return [(str(quarter), quarter.label) for quarter in quarters_offered()]


class QuarterForm(RecordForm):
    """Shared by returns and compositions: whose table it is, and for which quarter. Both stay once it is saved."""

    period = forms.ChoiceField(label="季度", choices=quarter_choices)

    #: The heading of the grid in the form.
    grid_title: ClassVar[str] = "数字"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model: type[Quarterly] = self._meta.model
        units: Any = self.fields["unit"]
        units.queryset = units.queryset.filter(level=self.model.level)
        # The tree has one level here: nothing to indent.
        units.label_from_instance = lambda unit: unit.name
        offered = list(units.queryset)
        if len(offered) == 1:
            units.initial, units.empty_label = offered[0].pk, None
        if self.instance.pk:
            self._offer_quarter(self.instance.period)
            for name in ("unit", "period"):
                self.fields[name].disabled = True
        else:
            self.initial.setdefault("unit", offered[0].pk if len(offered) == 1 else None)
            self._set_default_quarter()
        self.unit, self.quarter = self._whose(offered)
        self.before = self._before()
        self.prepare()
        self.helper = self._helper()

    def prepare(self) -> None:
        """Fill in what depends on unit and quarter."""

    def _set_default_quarter(self) -> None:
        asked = str(self.initial.get("period") or "")
        try:
            quarter = Period.parse(asked)
        except PeriodError:
            quarter = last_quarter()
        if quarter.kind != "quarter" or quarter > last_quarter():
            quarter = last_quarter()
        self.initial["period"] = str(quarter)
        self._offer_quarter(str(quarter))

    def _offer_quarter(self, text: str) -> None:
        choice: Any = self.fields["period"]
        if text not in dict(choice.choices):
            choice.choices = [*choice.choices, (text, Period.parse(text).label)]

    def _whose(self, offered: Sequence[OrgUnit]) -> tuple[OrgUnit | None, Period | None]:
        """Unit and quarter as far as they are known when the form is shown."""
        if self.instance.pk:
            return self.instance.unit, self.instance.quarter
        unit, quarter = self["unit"].value(), self["period"].value()
        try:
            return next((each for each in offered if str(each.pk) == str(unit)), None), Period.parse(
                str(quarter)
            )
        except PeriodError:
            return None, None

    def _before(self) -> Any:
        """The unit's record before this quarter, as far as there is one."""
        if self.unit is None or self.quarter is None:
            return None
        found = self.model._default_manager.filter(
            self.model.counted(), unit=self.unit, period_end__lt=self.quarter.last_day
        )
        return found.order_by("-period_end").first()

    @property
    def before_label(self) -> str:
        return self.before.quarter.label if self.before is not None else ""

    def _helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.html5_required = True
        hidden = [name for name, field in self.fields.items() if field.widget.is_hidden]
        parts: list[Any] = []
        for title, names in self.sections:
            if title == self.grid_title:
                parts.append(GridLayout())
            else:
                parts.append(Fieldset(title, *[Field(name) for name in names]))
        helper.layout = Layout(*parts, *[Field(name) for name in hidden], HTML(""))
        return helper

    def grid(self) -> Grid:
        raise NotImplementedError

    def number(self, name: str) -> int:
        """What stands in an input now, 0 where it is no number."""
        value = self[name].value()
        try:
            return max(int(value or 0), 0)
        except (TypeError, ValueError):
            return 0


class ReturnForm(QuarterForm):
    """The form of a return. ``grid_rows`` are (label, fields), one field for each of ``grid_columns``."""

    grid_columns: ClassVar[tuple[str, ...]]
    grid_rows: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]]
    #: (label, (kind, fields or names of sums) for each column)
    grid_sums: ClassVar[tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]] = ()

    def prepare(self) -> None:
        model: type[Return] = self._meta.model
        for name in model.figures:
            self.fields[name].error_messages["required"] = "请填写数字；确实没有的填0。"
        if self.instance.pk or self.is_bound:
            return
        for name in model.figures:
            # A blank is not yet reported; only last quarter's figure is offered, never a 0 of our own.
            self.initial[name] = getattr(self.before, name) if self.before is not None else None

    @property
    def is_submitting(self) -> bool:
        return SUBMIT in self.data

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # missing in django-stubs
        if not self.is_submitting or self.errors or self.instance.explanation.strip():
            return
        self.instance.period_end = self.instance.quarter.last_day
        for finding in self.instance.remarkable():
            self.add_error("explanation", finding.message)

    def grid(self) -> Grid:
        sums_of: dict[str, list[str]] = {}
        for number, (_, columns) in enumerate(self.grid_sums):
            for place, (kind, names) in enumerate(columns):
                if kind == "sum":
                    for name in names:
                        sums_of.setdefault(name, []).append(f"s{number}_{place}")
        rows = tuple(
            GridRow(
                label,
                tuple(
                    GridCell(
                        self[name],
                        getattr(self.before, name) if self.before is not None else None,
                        " ".join(sums_of.get(name, [])),
                        str(self.fields[name].label),
                    )
                    for name in names
                ),
                note=str(self.fields[names[0]].help_text) if len(names) == 1 else "",
            )
            for label, names in self.grid_rows
        )
        return Grid(
            columns=self.grid_columns,
            rows=rows,
            sums=tuple(self._sum(number, *each) for number, each in enumerate(self.grid_sums)),
            before_label=self.before_label,
        )

    def _sum(self, number: int, label: str, columns: tuple[tuple[str, tuple[str, ...]], ...]) -> GridSum:
        cells = []
        for place, (kind, names) in enumerate(columns):
            if kind == "sum":
                cells.append(("sum", f"s{number}_{place}", str(sum(map(self.number, names)))))
            else:
                *parts, whole = names
                base = self.number(whole)
                now = f"{sum(map(self.number, parts)) * 100 / base:.2f}%" if base else "—"
                cells.append(("share", " ".join([*(f"id_{name}" for name in parts), f"/ id_{whole}"]), now))
        return GridSum(label, tuple(cells))
