"""Free text refuses ID and mobile numbers, and nothing that merely has many digits."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from ledgers.guards import has_id_number, has_mobile_number, no_personal_numbers
from ledgers.identifiers import validate_credit_code, validate_office_phone

ID_NUMBERS = [
    "33028119900101123X",
    "33028119900101123x",
    "330281199001011234",
    "３３０２８１１９９００１０１１２３４",
    "330281 19900101 1234",
    "330281-19900101-123X",
    "33028\u200b1199001011234",
    "78057710105581731X",  # Not even a possible birth date: a mistyped number is still somebody's.
    "330281900101123",
]
MOBILES = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "+8613800138000",
    "+86 138 0013 8000",
    "１３８００１３８０００",
]


@pytest.mark.parametrize("number", ID_NUMBERS)
@pytest.mark.parametrize("sentence", ["{}", "身份证号{}，请核对", "张{}李"])
def test_id_numbers_are_refused(number: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        no_personal_numbers(sentence.format(number))
    assert refused.value.code == "id_number"
    assert "身份证号码" in refused.value.messages[0]
    assert number not in refused.value.messages[0]


@pytest.mark.parametrize("number", MOBILES)
@pytest.mark.parametrize("sentence", ["{}", "联系电话{}。", "电话：{}转办公室"])
def test_mobile_numbers_are_refused(number: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        no_personal_numbers(sentence.format(number))
    assert refused.value.code == "mobile_number"
    assert number not in refused.value.messages[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "党委会专题研究统战工作，到会15人。",
        "办公电话0574-80000001",
        "文号：东政发〔2025〕138号",
        "发放资料12000份，支出13800.50元",
        "2025年1月1日至2025年12月31日",
        "统一社会信用代码913302810000010013",
        "统一社会信用代码91330281000001004C",
        "服务 13 1200 350 12 8",
        "账号1234567890123456789",
        "区划代码330281101201",
    ],
)
def test_ordinary_text_passes(text: str) -> None:
    no_personal_numbers(text)


@given(st.from_regex(r"[1-8]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}[\dX]", fullmatch=True))
def test_every_well_formed_id_number_is_seen(number: str) -> None:
    assert has_id_number(f"见{number}。")


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_mobile_number_is_seen(number: str) -> None:
    assert has_mobile_number(f"电话{number}。")


def _text_fields() -> list[models.Field]:
    return [
        field
        for label in ("work", "nonpublic")
        for model in apps.get_app_config(label).get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.FileField)
    ]


# Fields that hold something other than free text, each with what keeps personal numbers out of it.
CHECKED_OTHERWISE = {
    "nonpublic.Enterprise.credit_code": validate_credit_code,
    "nonpublic.Enterprise.office_phone": validate_office_phone,
}
NOT_TYPED = {"work.ActivityPhoto.sha256"}


@pytest.mark.parametrize("field", _text_fields(), ids=str)
def test_every_free_text_field_of_both_families_is_guarded(field: models.Field) -> None:
    if field.choices:
        return
    name = str(field)
    if name in NOT_TYPED:
        assert not field.editable
    else:
        assert CHECKED_OTHERWISE.get(name, no_personal_numbers) in field.validators


def test_the_exemptions_are_not_stale() -> None:
    names = {str(field) for field in _text_fields()}
    assert CHECKED_OTHERWISE.keys() | NOT_TYPED <= names
