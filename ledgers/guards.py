"""Free text must not become a register of people: validators that refuse personal numbers.

Personal Information Protection Law, Art. 6 (the minimum needed for the purpose). Texts are read after NFKC
and without invisible characters, so that full-width digits or a zero-width space do not slip past.
"""

import re
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError

from ledgers.identifiers import credit_code_problem

_SEPARATOR = r"[\s\-‐‑–—·]"
_GAP = _SEPARATOR + "?"

# GB 11643-1999: six digits of division code, eight of birth date, three of sequence, one check character.
_ID_18 = re.compile(rf"(?<!\d)(\d{{6}}{_GAP}\d{{4}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{3}}[\dXx])(?!\d)")
# The fifteen-digit number issued until 1999 is still found in old name lists.
_ID_15 = re.compile(r"(?<!\d)([1-8]\d{5})(\d{2})(\d{2})(\d{2})\d{3}(?!\d)")
_NOT_DIGITS = re.compile(r"\D+")
#: A mobile number has the fewest digits of them.
_FEWEST_DIGITS = 11
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")

ID_NUMBER_MESSAGE = "文字中有疑似身份证号码，请删去后再保存；本系统不登记居民的身份证号码。"
MOBILE_MESSAGE = "文字中有疑似手机号码，请删去后再保存；需要联系方式时请写单位的办公电话。"
NO_NAMES_HELP = "只写事情，不写居民的姓名、身份证号码、手机号码和住址。"


def typed(text: str) -> str:
    """What came in a field that no form has read, less the blanks around it and NUL, which PostgreSQL refuses."""
    return text.replace("\0", "").strip()


def readable(text: str) -> str:
    """The text as a reader sees it: compatibility forms folded, invisible format characters dropped."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def has_id_number(text: str) -> bool:
    """Whether the text holds what looks like a resident ID number, 18 or 15 digits.

    The check character is not asked for: a mistyped ID number still points at one person. An all-digit
    unified social credit code looks the same, so it is let through when its own check digit holds and the
    digits where an ID number has a birth date are no date.
    """
    text = readable(text)
    for match in _ID_18.finditer(text):
        digits = re.sub(_SEPARATOR, "", match.group(1)).upper()
        born = _is_date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
        if born or credit_code_problem(digits) is not None:
            return True
    return any(
        _is_date(1900 + int(year), int(month), int(day)) for _, year, month, day in _ID_15.findall(text)
    )


def has_mobile_number(text: str) -> bool:
    """Whether the text holds a mainland mobile number, plain or written 3-4-4, with or without +86."""
    return _MOBILE.search(readable(text)) is not None


def no_personal_numbers(text: str) -> None:
    """Validator for free-text fields.

    Raises: ValidationError, code ``id_number`` or ``mobile_number``; the message never repeats the number,
    because messages end up in error workbooks and logs.
    """
    # Most texts have too few digits for any number; an import has a hundred thousand of them.
    if len(_NOT_DIGITS.sub("", unicodedata.normalize("NFKC", text))) < _FEWEST_DIGITS:
        return
    if has_id_number(text):
        raise ValidationError(ID_NUMBER_MESSAGE, code="id_number")
    if has_mobile_number(text):
        raise ValidationError(MOBILE_MESSAGE, code="mobile_number")
