"""The tables of ethnicity and overseas cannot hold a person: every field of every model is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from ledgers.fields import SumField
from ledgers.guards import no_personal_numbers
from ledgers.history import BOOKKEEPING
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.returns.composition import LinesField
from ledgers.returns.models import QuarterEndField

APPS = ("ethnicity", "overseas")

#: Words that a field about a person has in its name or its label. ``unit`` names, titles of projects and the like are
#: about organisations and things, and are listed below one by one.
PERSONAL = re.compile(
    r"(^|_)(name|surname|person|people|resident|holder|owner|contact|phone|mobile|tel|telephone|email|mail|wechat|qq|"
    r"id_?number|id_?card|identity|passport|permit|address|home|photo|picture|portrait|birth|born|age|gender|sex|"
    r"nationality|ethnic|ethnicity|belief|religion|spouse|father|mother|child|children|relative|employer|education)(_|$)"
)
PERSONAL_LABEL = re.compile(
    r"姓名|名字|身份证|证件号|护照|电话|手机|联系方式|联系人|邮箱|微信|住址|地址|照片|出生|年龄|性别|民族$|信仰|配偶|父亲|母亲|子女"
)
#: Kinds of field that can hold anything at all.
OPAQUE = (
    models.JSONField,
    models.FileField,
    models.BinaryField,
    models.EmailField,
    models.URLField,
    models.GenericIPAddressField,
    models.UUIDField,
)
#: What rows may point at: units, accounts (who entered it) and imports. Nobody is a row anywhere else.
POINTS_AT = {OrgUnit, User, ImportBatch}
#: Headcounts, whose names say so.
COUNTS = (models.PositiveIntegerField, models.PositiveSmallIntegerField)

#: Texts that people type, each for what it is about. A new one fails here until somebody has thought about it.
TEXTS = {
    "PopulationReturn.explanation": "why numbers moved",
    "PopulationReturn.returned_reason": "why a return was sent back",
    "OverseasReturn.explanation": "why numbers moved",
    "OverseasReturn.returned_reason": "why a return was sent back",
    "EthnicComposition.remark": "where the numbers come from",
    "RegionComposition.remark": "where the numbers come from",
    "SupportProject.title": "the project, as approved",
    "SupportProject.outcome": "what was built",
    "UnitySite.title": "an organisation or place",
    "UnitySite.named_by": "the authority that named it",
    "DonationProject.title": "the project",
    "DonationProject.public_donor": "the donor as named in public on the project itself",
    "DonationProject.purpose": "what the money is for",
    "Reception.title": "the event",
    "Reception.outcome": "what came of it",
    "ServiceRequest.matter": "what was asked for",
    "ServiceRequest.outcome": "what came of it",
}


def schema_problems(model: type[models.Model], texts: set[str]) -> Iterator[str]:
    """What in a model could identify a person; ``texts`` are the free texts that have been looked at."""
    owner = model.__name__.removeprefix("Historical")
    is_history = model.__name__.startswith("Historical")
    for field in model._meta.get_fields():
        if isinstance(field, models.ManyToManyField):
            yield f"{field.name}: a relation to many"
        if not isinstance(field, models.Field) or field.primary_key or not field.concrete:
            continue
        if is_history and (field.name.startswith("history_") or field.name in ("id", "batch", "request_id")):
            continue
        if field.name in BOOKKEEPING:
            continue
        yield from _field_problems(field, f"{owner}.{field.name}", texts)


def _field_problems(field: models.Field, name: str, texts: set[str]) -> Iterator[str]:
    label = str(field.verbose_name)
    counted = isinstance(field, COUNTS)
    if isinstance(field, models.ForeignKey):
        if field.related_model not in POINTS_AT:
            yield f"{name}: points at {field.related_model}"
    elif isinstance(field, LinesField):
        pass  # refuses everything but counts by group: tests of its own
    elif isinstance(field, OPAQUE):
        yield f"{name}: a {type(field).__name__} can hold anything"
    elif isinstance(field, models.CharField | models.TextField):
        is_code = bool(field.choices) or field.name == "period"
        if not is_code and name not in texts:
            yield f"{name}: a free text nobody has looked at"
        if not is_code and no_personal_numbers not in field.validators:
            yield f"{name}: a free text without its guard"
    elif not counted and not isinstance(
        field, models.DateField | models.DecimalField | models.BooleanField | SumField | QuarterEndField
    ):
        yield f"{name}: a {type(field).__name__}"
    if name not in texts and not counted and (PERSONAL.search(field.name) or PERSONAL_LABEL.search(label)):
        yield f"{name}: named like something about a person"


def all_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.__name__)
def test_no_field_could_identify_a_person(model: type[models.Model]) -> None:
    assert list(schema_problems(model, set(TEXTS))) == []


def test_every_model_has_its_history_looked_at_too() -> None:
    names = {model.__name__ for model in all_models()}
    plain = {name for name in names if not name.startswith("Historical")}
    assert names == plain | {f"Historical{name}" for name in plain}


def test_the_list_of_texts_is_not_stale() -> None:
    there = {
        f"{model.__name__}.{field.name}" for model in all_models() for field in model._meta.concrete_fields
    }
    assert set(TEXTS) <= there


def _made_up(name: str, field: models.Field) -> type[models.Model]:
    class Meta:
        app_label = "ethnicity"
        managed = False

    registry = apps.all_models["ethnicity"]
    try:
        return type("MadeUp", (models.Model,), {"__module__": __name__, "Meta": Meta, name: field})
    finally:
        registry.pop("madeup", None)
        apps.clear_cache()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("name", models.CharField("名称", max_length=20, validators=[no_personal_numbers])),
        ("phone", models.CharField("号码", max_length=20, validators=[no_personal_numbers])),
        ("remark", models.CharField("姓名", max_length=20, validators=[no_personal_numbers])),
        ("notes", models.TextField("备注")),
        ("details", models.JSONField("详情")),
        ("picture", models.ImageField("图片")),
        ("scan", models.FileField("扫描件")),
        ("born_on", models.DateField("出生日期")),
        ("ethnicity", models.CharField("民族", max_length=2, choices=[("06", "苗族")])),
        ("serial", models.BigIntegerField("编号")),
        ("household", models.ForeignKey("overseas.Reception", on_delete=models.CASCADE)),
        ("villages", models.ManyToManyField(OrgUnit)),
    ],
)
def test_a_model_with_such_a_field_would_be_caught(name: str, field: models.Field) -> None:
    assert list(schema_problems(_made_up(name, field), set(TEXTS)))


def test_ethnic_groups_and_regions_stand_in_townships_tables_only() -> None:
    """No choices of ethnic groups anywhere, and lines by group in the two compositions alone."""
    with_lines = {
        model.__name__
        for model in all_models()
        if any(isinstance(field, LinesField) for field in model._meta.concrete_fields)
    }
    assert {name.removeprefix("Historical") for name in with_lines} == {
        "EthnicComposition",
        "RegionComposition",
    }
    for model in all_models():
        for field in model._meta.concrete_fields:
            labels = {str(label) for _, label in field.flatchoices or []}
            assert not labels & {"苗族", "汉族", "香港", "美国"}, field
