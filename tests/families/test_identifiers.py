"""GB 32100-2015 codes and public telephone numbers."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from ledgers.identifiers import (
    CREDIT_CODE_ALPHABET,
    are_credit_codes,
    credit_code_check_character,
    credit_code_problem,
    normalize_credit_code,
    validate_credit_code,
    validate_office_phone,
)

# The example of the standard's annex, and codes of example workbooks.
SOUND = ["91350100M000100Y43", "913302810000010013", "91330281000001004C", "91330281000001009U"]


@pytest.mark.parametrize("code", SOUND)
def test_sound_codes_pass(code: str) -> None:
    validate_credit_code(code)


@pytest.mark.parametrize("code", SOUND)
def test_any_single_wrong_character_is_noticed(code: str) -> None:
    for position, right in enumerate(code):
        for wrong in CREDIT_CODE_ALPHABET:
            if wrong != right:
                assert credit_code_problem(code[:position] + wrong + code[position + 1 :]) is not None


@given(st.text(CREDIT_CODE_ALPHABET + "IOSVZa中０\u0663", min_size=17, max_size=18), st.booleans())
def test_many_codes_are_judged_as_each_of_them(code: str, completed: bool) -> None:
    if completed and set(code) <= set(CREDIT_CODE_ALPHABET):
        code = code[:2] + "330281" + code[8:17]
        code += credit_code_check_character(code)
    for together in ([code], [code, *SOUND], [*SOUND, code]):
        assert are_credit_codes(together) is (credit_code_problem(code) is None)


@pytest.mark.parametrize("code", SOUND)
def test_a_wrong_code_is_noticed_among_many(code: str) -> None:
    assert are_credit_codes(SOUND * 100)
    for position, right in enumerate(code):
        for wrong in CREDIT_CODE_ALPHABET.replace(right, ""):
            assert not are_credit_codes([*SOUND, code[:position] + wrong + code[position + 1 :]])


def test_digits_of_other_scripts_are_no_digits_of_a_code() -> None:
    code = SOUND[0][:4] + "\u0663" + SOUND[0][5:]
    assert normalize_credit_code(code) == code
    assert "第3至8位为数字" in (credit_code_problem(code) or "")


@pytest.mark.parametrize("code", SOUND)
def test_two_neighbours_changing_places_are_noticed(code: str) -> None:
    for position in range(17):
        if code[position] != code[position + 1]:
            swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
            assert credit_code_problem(swapped) is not None


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("9133028100000100", "18位"),
        ("", "18位"),
        ("9133028100000100131", "18位"),
        ("91330281000001O013", "字母I、O、S、V、Z"),
        ("91AB0281000001001X", "第3至8位为数字"),
        ("913302810000010014", "校验位"),
    ],
)
def test_each_problem_is_named(code: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_credit_code(code)
    assert says in refused.value.messages[0]


@given(st.text(alphabet=CREDIT_CODE_ALPHABET, min_size=17, max_size=17))
def test_the_check_character_makes_the_weighted_sum_divisible(body: str) -> None:
    code = body + credit_code_check_character(body)
    total = sum(CREDIT_CODE_ALPHABET.index(char) * 3**place for place, char in enumerate(code[:17]))
    assert (total + CREDIT_CODE_ALPHABET.index(code[17])) % 31 == 0


def test_a_body_of_another_length_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="17"):
        credit_code_check_character("913302")


def test_codes_are_kept_as_printed_on_the_licence() -> None:
    assert normalize_credit_code(" ９１33 0281\u3000000001004c ") == "91330281000001004C"


@pytest.mark.parametrize(
    "number",
    [
        "0574-80000001",
        "057480000001",
        "(0574)80000001",
        "80000001",
        "0574-80000001-802",
        "400-800-1234",
        "95588",
    ],
)
def test_office_numbers_pass(number: str) -> None:
    validate_office_phone(number)


def test_two_office_numbers_pass() -> None:
    validate_office_phone("0574-80000001、0574-80000002")


@pytest.mark.parametrize(
    "number", ["13800138000", "０13800138000", "138-0013-8000", "经理", "12", "0574-80000001、13800138000"]
)
def test_mobile_numbers_and_words_are_refused(number: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_office_phone(number)
    assert "固定电话" in refused.value.messages[0]
    assert number not in refused.value.messages[0]
