import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError

from ledgers.passwords import CharacterClassesValidator


@pytest.mark.parametrize("password", ["Bridge72", "bridge-72", "BRIDGE-72", "过河桥Bridge", "Ab1!Ab1!"])
def test_three_classes_are_enough(password: str) -> None:
    CharacterClassesValidator(classes=3).validate(password)


@pytest.mark.parametrize(
    "password", ["", "bridges", "bridge72", "BRIDGE72", "12345678-", "过河拆桥过河拆桥1"]
)
def test_fewer_are_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(ValidationError, match="至少 3 类") as refused:
        CharacterClassesValidator(classes=3).validate(password)
    assert refused.value.code == "password_too_few_classes"


@pytest.mark.parametrize("classes", [0, 5])
def test_an_impossible_number_of_classes_stops_the_start(classes: int) -> None:
    with pytest.raises(ImproperlyConfigured):
        CharacterClassesValidator(classes=classes)


@pytest.mark.parametrize(
    ("password", "why"),
    [("Ab-1", "至少 8 个字符"), ("bridge72", "至少 3 类"), ("Passw0rd", "常见")],
)
def test_the_product_refuses_weak_passwords(password: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert why in "".join(refused.value.messages)
