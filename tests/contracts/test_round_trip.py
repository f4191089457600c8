"""What a ledger exports it takes back: on the same records as unchanged, on an empty ledger as the same records."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from ledgers.importing.cells import (
    ChoiceCell,
    DateCell,
    DecimalCell,
    MoneyCell,
    PeriodCell,
    Reading,
    TextCell,
    UnitCell,
    WholeCell,
)
from ledgers.importing.normalise import tidy
from ledgers.importing.problems import CellProblem
from ledgers.models import User
from ledgers.periods import Period
from ledgers.registry import Ledger, ledgers
from tests.conftest import Units
from tests.contracts.conftest import each_ledger, save
from tests.contracts.pages import body, form_data

SignIn = Callable[[User], Client]


def taken(ledger: Ledger, path: Path, units: Units) -> dict[str, Any]:
    out = StringIO()
    arguments = (ledger.slug, str(path), "--unit", units.township.code, "--json")
    call_command("import_ledger", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def values(ledger: Ledger) -> list[tuple[Any, ...]]:
    assert ledger.sheet is not None
    model: Any = ledger.model
    fields = {field.name for field in model._meta.concrete_fields}
    # A table that is put together of rows has columns that are no fields; it is compared as it is kept.
    names = [name for name in (*ledger.sheet.columns(), "lines", "group_count") if name in fields]
    return sorted(model._default_manager.values_list("unit", *names), key=str)


@pytest.fixture
def exported(tmp_path: Path, signed_in: SignIn, officer: User, units: Units) -> Callable[[Ledger], Path]:
    def export(ledger: Ledger) -> Path:
        path = tmp_path / f"{ledger.slug}.xlsx"
        path.write_bytes(body(signed_in(officer).get(ledger.url("export"))))
        return path

    return export


@pytest.mark.each_database
@each_ledger
def test_an_export_comes_back_unchanged(
    ledger: Ledger, exported: Callable[[Ledger], Path], units: Units
) -> None:
    records = save(ledger, units.township)
    before = values(ledger)
    result = taken(ledger, exported(ledger), units)
    assert (result["errors"], result["created"], result["updated"]) == ([], 0, 0)
    assert result["unchanged"] == len(records)
    assert values(ledger) == before


@pytest.mark.each_database
@each_ledger
def test_an_export_fills_an_empty_ledger(
    ledger: Ledger, exported: Callable[[Ledger], Path], units: Units
) -> None:
    records = save(ledger, units.township)
    before = values(ledger)
    path = exported(ledger)
    model: Any = ledger.model
    model._default_manager.all().delete()
    result = taken(ledger, path, units)
    assert (result["errors"], result["created"]) == ([], len(records))
    assert values(ledger) == before
    assert model.history.filter(history_type="+", batch=result["batch"]).count() == len(records)


#: What a spreadsheet program might take for a formula, a number, a date or a link, and what the import tidies.
AWKWARD = [
    "=1+1",
    "＝1+1",
    "+86",
    "-1-1",
    "@SUM(A1)",
    "a\tb",
    "\t=1+1",
    "１２３４５６７８９０１２３４５６７８",
    "123456789012345678",
    "0012",
    "2023.10",
    "1,234",
    "3-4",
    "_x0041_",
    "http://192.0.2.1/",
    "a  b（c）",
    "<a&b>'\"",
    "一行\n两行",
]


def fill_texts(ledger: Ledger, records: list[Any], texts: list[str]) -> int:
    """Put the texts into whatever columns take them; returns how many were taken."""
    assert ledger.sheet is not None
    fields = {field.name: field for field in ledger.model._meta.concrete_fields}
    columns = [
        (fields[name], column.widget)
        for name, column in ledger.sheet.columns().items()
        if type(column.widget) is TextCell and name in fields
    ]
    filled = 0
    for number, record in enumerate(records):
        for place, (field, widget) in enumerate(columns):
            # Different in each record: a text may be what tells two records apart.
            text = f"{texts[(number + place) % len(texts)]}{number}"
            try:
                taken = widget.read(text, Reading())
                field.clean(text, record)
            except (CellProblem, ValidationError):
                continue  # Some columns take no long numbers, which might be somebody's.
            setattr(record, field.name, text)
            filled += taken is not None
    if columns:
        model: Any = ledger.model
        model._default_manager.bulk_update(records, [field.name for field, _ in columns])
    return filled


def test_awkward_texts_find_a_place(units: Units) -> None:
    filled = {ledger.slug: fill_texts(ledger, save(ledger, units.township), AWKWARD) for ledger in ledgers}
    assert sum(filled.values()) > 10 * len(AWKWARD)
    assert sum(number == 0 for number in filled.values()) < len(filled) / 3


@each_ledger
def test_awkward_texts_stay_what_they_are(
    ledger: Ledger, exported: Callable[[Ledger], Path], units: Units
) -> None:
    records = save(ledger, units.township)
    fill_texts(ledger, records, AWKWARD)
    cells = openpyxl.load_workbook(exported(ledger)).worksheets[0].iter_rows()
    assert [cell.coordinate for row in cells for cell in row if cell.data_type == "f" or cell.hyperlink] == []
    # As the forms keep them, they come back letter by letter.
    fill_texts(ledger, records, [tidy(text) for text in AWKWARD])
    before = values(ledger)
    result = taken(ledger, exported(ledger), units)
    assert (result["errors"], result["created"], result["updated"]) == ([], 0, 0)
    assert result["unchanged"] == len(records)
    assert values(ledger) == before


@each_ledger
def test_what_is_typed_is_kept_as_an_import_keeps_it(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units
) -> None:
    (record,) = save(ledger, units.township, 1)
    data = form_data(ledger, record, officer)
    texts = [
        name
        for name, field in ledger.form(instance=record, user=officer).fields.items()
        if type(field) is forms.CharField and not field.widget.is_hidden and data.get(name)
    ]
    typed = {name: f" {data[name]}\u200b\u3000\uff21\t " for name in texts if not data[name].isdigit()}
    form = ledger.form({**data, **typed, "row_version": record.row_version}, instance=record, user=officer)
    form.is_valid()
    for name in set(typed) - set(form.errors):
        # A certificate's number has no blanks at all.
        assert form.cleaned_data[name].replace(" A", "A") == f"{data[name]}A"


@each_ledger
def test_the_filters_of_the_list_are_those_of_its_export(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units, tmp_path: Path
) -> None:
    records = save(ledger, units.township)
    village = next((record.unit for record in records if record.unit.numchild == 0), records[0].unit)
    own = sum(record.unit.is_within(village) for record in records)
    path = tmp_path / "filtered.xlsx"
    path.write_bytes(body(signed_in(officer).get(ledger.url("export"), {"unit": village.pk})))
    result = taken(ledger, path, units)
    assert (result["errors"], result["created"], result["updated"]) == ([], 0, 0)
    assert result["unchanged"] == own


@each_ledger
def test_a_blank_workbook_filled_in_imports_by_itself_and_an_empty_one_does_nothing(
    ledger: Ledger, signed_in: SignIn, officer: User, units: Units, tmp_path: Path
) -> None:
    records = save(ledger, units.township)
    assert ledger.sheet is not None
    rows = [row for record in records for row in ledger.sheet().export_rows(record)]
    before = values(ledger)
    path = tmp_path / "blank.xlsx"
    path.write_bytes(body(signed_in(officer).get(ledger.url("blank"))))
    model: Any = ledger.model
    model._default_manager.all().delete()

    empty = StringIO()
    with pytest.raises(CommandError, match="下面没有数据"):
        call_command("import_ledger", ledger.slug, str(path), "--unit", units.township.code, stdout=empty)
    assert not model._default_manager.exists()

    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert [each.sheet_state for each in book.worksheets] == ["visible", "visible", "hidden"]
    check(book, ledger, rows)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            cell.value = value
    book.save(path)
    result = taken(ledger, path, units)
    assert (result["errors"], result["created"]) == ([], len(records))
    assert [found["name"] for found in result["sheets"]] == [ledger.label[:31]]
    assert result["sheets"][0]["ignored"] == []
    assert values(ledger) == before


def check(book: Any, ledger: Ledger, rows: list[list[Any]]) -> None:
    """Every sample value of a column with a drop-down is offered there; texts are in cells of text."""
    assert ledger.sheet is not None
    sheet, lists = book.worksheets[0], book.worksheets[2]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    offered = 0
    for index, column in enumerate(ledger.sheet.columns().values(), start=1):
        heading = sheet.cell(1, index)
        assert str(heading.value).startswith(column.label)
        unit = getattr(column.widget, "unit", "")
        assert unit in str(heading.value)
        rule = rules.get(sheet.cell(2, index).coordinate)
        is_text = isinstance(column.widget, TextCell | ChoiceCell)
        # A stretch of columns that look the same is one entry.
        look = next(each for each in sheet.column_dimensions.values() if each.min <= index <= each.max)
        assert (look.number_format == "@") >= is_text
        if rule is not None and rule.type == "list":
            offered += 1
            first, last = str(rule.formula1).replace("$", "").split("!")[1].split(":")
            choices = {str(cell.value) for (cell,) in lists[f"{first}:{last}"]}
            written = {str(row[index - 1]) for row in rows if row[index - 1] not in (None, "")}
            if isinstance(column.widget, PeriodCell):
                written = {Period.parse(period).label for period in written}
            assert written <= choices, column.label
        elif not is_text:
            assert rule is not None or type(column.widget) not in (
                WholeCell,
                DecimalCell,
                MoneyCell,
                DateCell,
            )
    assert offered or not any(
        isinstance(column.widget, ChoiceCell | UnitCell) for column in ledger.sheet.columns().values()
    )
