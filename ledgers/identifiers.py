"""Public identifiers of organisations and how they are checked."""

import re
import sys
import unicodedata
from collections.abc import Sequence

from django.core.exceptions import ValidationError

# GB 32100-2015, table 1: digits and capital letters without I, O, S, V, Z, which are easily misread.
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE_LENGTH = 18
#: The weights of the standard are the powers of 3 modulo 31, from the left. So a body read from the right as a number
#: to any base that leaves 3 is its weighted sum; Python reads numbers to the base of 34 by itself.
_BASE = 34
_AS_DIGITS = str.maketrans(CREDIT_CODE_ALPHABET, "0123456789abcdefghijklmnopqrstu")
#: The same by bytes.
_NO_VALUE = 255
_VALUES = bytes(
    CREDIT_CODE_ALPHABET.index(chr(code)) if chr(code) in CREDIT_CODE_ALPHABET else _NO_VALUE
    for code in range(256)
)
_OF_ALPHABET = re.compile(f"[{CREDIT_CODE_ALPHABET}]+")
_CREDIT_CODE_SHAPE = re.compile(r"[1-9A-HJ-NP-RT-UW-Y][0-9A-HJ-NP-RT-UW-Y][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}")

# Area code with 7 or 8 digits and an extension, or a 400/800/95-style service number; no mobile number.
_OFFICE_PHONE_SHAPE = re.compile(
    r"(?:\(?0\d{2,3}\)?-?)?[2-9]\d{6,7}(?:-\d{1,6})?|[48]00-?\d{3}-?\d{4}|9\d{4,7}"
)


def normalize_credit_code(text: str) -> str:
    """As printed on the licence: half-width, upper case, no blanks. ``９１33 0281`` becomes ``91330281``."""
    if text.isascii() and text.isalnum():
        return text if text.isupper() else text.upper()
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()


def credit_code_check_character(body: str) -> str:
    """The 18th character for the first 17 of a unified social credit code (GB 32100-2015, 4.5 and annex).

    Raises: ValueError if the body is not 17 characters of the standard's alphabet.
    """
    if len(body) != CREDIT_CODE_LENGTH - 1:
        raise ValueError("a credit code has 17 characters before its check character")
    if not _OF_ALPHABET.fullmatch(body):
        raise ValueError("a character that the alphabet of credit codes does not have")
    return CREDIT_CODE_ALPHABET[-int(body[::-1].translate(_AS_DIGITS), _BASE) % 31]


def credit_code_problem(code: str) -> str | None:
    """What is wrong with a normalized credit code, as one Chinese sentence; None when it is sound."""
    if len(code) != CREDIT_CODE_LENGTH:
        return f"统一社会信用代码应为18位，现为{len(code)}位，请对照营业执照填写。"
    if not _CREDIT_CODE_SHAPE.fullmatch(code):
        return "统一社会信用代码不含字母I、O、S、V、Z，第3至8位为数字，请对照营业执照填写。"
    if credit_code_check_character(code[:-1]) != code[-1]:
        return "统一社会信用代码的校验位不对，可能有一位写错，请对照营业执照填写。"
    return None


def are_credit_codes(codes: Sequence[str]) -> bool:
    """Whether ``credit_code_problem`` finds nothing wrong with any of the codes: asked of many at once."""
    together = "".join(codes)
    if set(map(len, codes)) != {CREDIT_CODE_LENGTH} or not together.isascii():
        return False
    values = together.encode().translate(_VALUES)
    places = [values[place::CREDIT_CODE_LENGTH] for place in range(CREDIT_CODE_LENGTH)]
    if _NO_VALUE in values or 0 in places[0] or max(map(max, places[2:8])) > 9:
        return False
    # The weighted sums of all codes in one long number, 16 bits for each: no sum is above 18 times 30 times 30.
    sums, weight = 0, 1
    for place in places[:-1]:
        sums += weight * _apart(place)
        weight = weight * 3 % 31
    sums += _apart(places[-1])
    different = set(memoryview(sums.to_bytes(2 * len(codes), sys.byteorder)).cast("H"))
    return all(found % 31 == 0 for found in different)


def _apart(values: bytes) -> int:
    """The bytes as a number in which each has 16 bits."""
    wide = bytearray(2 * len(values))
    wide[0 if sys.byteorder == "little" else 1 :: 2] = values
    return int.from_bytes(wide, sys.byteorder)


def validate_credit_code(code: str) -> None:
    """Validator: 18 characters, GB 32100 alphabet, check digit. Raises ValidationError (``credit_code``)."""
    problem = credit_code_problem(code)
    if problem:
        raise ValidationError(problem, code="credit_code")


def validate_office_phone(text: str) -> None:
    """Validator: a public office number. Raises ValidationError, code ``office_phone``."""
    if _OFFICE_PHONE_SHAPE.fullmatch(text):  # one number in its usual spelling, as nearly all are
        return
    number = re.sub(r"[\s]", "", unicodedata.normalize("NFKC", text))
    if not all(_OFFICE_PHONE_SHAPE.fullmatch(part) for part in re.split(r"[、,;/]", number)):
        raise ValidationError(
            "请填写单位公开的办公电话（固定电话，如0574-80000000），不填个人手机号码。", code="office_phone"
        )
