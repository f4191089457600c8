"""Django's own messages, said as the rest of the product says them: what to do, without "字段" and "确保该值".

They are changed where Django keeps them, so that no form has to remember it; a field that says more keeps its own.
"""

from __future__ import annotations

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core import validators

FIELDS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "请填写这一项。"},
    forms.ChoiceField: {"required": "请选择一项。", "invalid_choice": "选项里没有这一项，请重新选择。"},
    forms.ModelChoiceField: {"required": "请选择一项。", "invalid_choice": "选项里没有这一项，请重新选择。"},
    forms.IntegerField: {"invalid": "请填写整数，不带小数和单位。"},
    forms.DecimalField: {"invalid": "请填写数字，不带单位。"},
    forms.DateField: {"invalid": "请填写日期，如2026-01-31。"},
    forms.FileField: {"required": "请选择文件。"},
}
VALIDATORS: dict[type[validators.BaseValidator], str] = {
    validators.MinValueValidator: "不能小于%(limit_value)s，请核对。",
    validators.MaxValueValidator: "不能大于%(limit_value)s，请核对。",
    validators.MinLengthValidator: "至少要%(limit_value)d个字，现在是%(show_value)d个。",
    validators.MaxLengthValidator: "最多%(limit_value)d个字，现在是%(show_value)d个，请删减。",
}
DECIMALS = {
    "max_digits": "数字太大，最多%(max)s位，请核对。",
    "max_decimal_places": "小数最多%(max)s位。",
    "max_whole_digits": "整数部分最多%(max)s位，请核对。",
}


def say_it_our_way() -> None:
    """Called once, when all apps are ready; forms are made later."""
    for field, messages in FIELDS.items():
        field.default_error_messages = {**field.default_error_messages, **messages}
    for validator, message in VALIDATORS.items():
        validator.message = message
    UnicodeUsernameValidator.message = "只能用字母、数字和 @ . + - _，中间不空格。"
    validators.DecimalValidator.messages = {**validators.DecimalValidator.messages, **DECIMALS}
