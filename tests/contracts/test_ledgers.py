"""Every registered ledger declares what the generic parts need, and its samples are sound."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.template import Context, Template
from django.utils.formats import localize

from ledgers.access import Role
from ledgers.importing.sheets import Column
from ledgers.models import HistoryRow, Record
from ledgers.registry import Ledger, ledgers
from tests.conftest import Units
from tests.contracts.conftest import TODAY, each_ledger, samples, save


def record_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if issubclass(model, Record)]


@pytest.mark.parametrize("model", record_models(), ids=lambda model: model.__name__)
def test_every_record_model_has_a_ledger(model: type[Model]) -> None:
    assert ledgers.has_model(model)


@each_ledger
def test_the_declaration_is_complete(ledger: Ledger) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", ledger.slug)
    assert ledger.label == str(ledger.model._meta.verbose_name)
    assert ledger.description.endswith("。")
    assert ledger.search_fields
    assert ledger.writers <= {Role.CLERK, Role.OFFICER}
    assert ledger.sheet is not None
    assert issubclass(ledger.model.history.model, HistoryRow)


@each_ledger
def test_the_icon_exists(ledger: Ledger) -> None:
    template = Template("{% load heroicons %}{% heroicon_outline name %}")
    assert "<svg" in template.render(Context({"name": ledger.icon}))


@each_ledger
def test_every_family_of_a_ledger_has_a_label_an_icon_and_an_order(ledger: Ledger) -> None:
    config = apps.get_app_config(ledger.app_label)
    assert all(hasattr(config, name) for name in ("family_label", "family_icon", "family_order"))


@each_ledger
def test_the_fields_named_exist(ledger: Ledger) -> None:
    names = {field.name for field in ledger.model._meta.get_fields()}
    wanted = {field.partition("__")[0] for field in ledger.search_fields}
    wanted |= {ledger.date_field} if ledger.date_field else set()
    for _, fields in ledger.form.sections:
        wanted |= set(fields)
    wanted |= set(ledger.form.units)
    assert wanted <= names


@each_ledger
def test_every_field_of_the_form_has_its_place_in_a_section(ledger: Ledger) -> None:
    placed = [name for _, fields in ledger.form.sections for name in fields]
    assert len(set(placed)) == len(placed)
    assert set(ledger.form._meta.fields or []) <= set(placed)


@each_ledger
def test_people_read_chinese(ledger: Ledger) -> None:
    for field in ledger.model._meta.concrete_fields:
        if field.editable and not field.primary_key:
            assert re.search(r"[\u4e00-\u9fff]", str(field.verbose_name)), field.name


@each_ledger
def test_the_sheet_binds_and_no_two_columns_share_a_word(ledger: Ledger) -> None:
    assert ledger.sheet is not None
    columns: dict[str, Column] = ledger.sheet.columns()
    assert set(ledger.sheet.natural_key()) <= set(columns)
    labels = [column.label for column in columns.values()]
    assert len(set(labels)) == len(labels)
    # A synonym may name two columns (备注); a label may not also be another column's synonym.
    for one, other in itertools.permutations(columns.values(), 2):
        assert one.label not in other.synonyms, (one.label, other.label)


@each_ledger
def test_everything_that_is_entered_can_be_exported_and_imported(ledger: Ledger) -> None:
    assert ledger.sheet is not None
    assert set(ledger.form._meta.fields or []) <= set(ledger.sheet.columns())


@each_ledger
def test_lists_are_served_by_an_index_that_begins_with_the_unit(ledger: Ledger) -> None:
    wanted = ["unit", *(name.replace("-pk", "-id") for name in ledger.ordering)]
    indexes = [list(index.fields) for index in ledger.model._meta.indexes]
    if ledger.date_field is None:
        assert [fields for fields in indexes if fields[0] == "unit" and fields[-1] == "-id"]
    else:
        assert wanted in indexes


@each_ledger
def test_samples_are_unsaved_valid_fictional_and_within_the_township(ledger: Ledger, units: Units) -> None:
    assert all(record.pk is None for record in samples(ledger, units.township))
    records = save(ledger, units.township)
    assert len(records) >= 3
    reach = {units.township.pk, *(village.pk for village in units.villages)}
    for record in records:
        record.full_clean()
        assert record.unit_id in reach
        assert str(record).strip()
        if ledger.date_field:
            assert getattr(record, ledger.date_field) <= TODAY


@each_ledger
def test_the_same_seed_gives_the_same_samples(ledger: Ledger, units: Units) -> None:
    def drawn() -> list[Any]:
        fields = [field.attname for field in ledger.model._meta.concrete_fields if field.editable]
        return [
            [localize(getattr(record, name)) for name in fields]
            for record in samples(ledger, units.township)
            if isinstance(record, ledger.model)
        ]

    assert drawn() == drawn()
