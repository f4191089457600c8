"""Password rules beyond Django's own (GB/T 22239-2019 8.1.4.1 a: complexity)."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.core.exceptions import ImproperlyConfigured, ValidationError

from ledgers.models import UsedPassword, User


class LengthValidator(MinimumLengthValidator):
    """Django's own, in Chinese: its translation of this one message has been missing since 5.2."""

    def get_error_message(self) -> str:
        return f"密码太短，请使用至少 {self.min_length} 个字符。"

    def get_help_text(self) -> str:
        return f"至少 {self.min_length} 个字符。"


class SimilarityValidator(UserAttributeSimilarityValidator):
    def get_error_message(self) -> str:
        return "密码和账号名、姓名太像，请换一个。"

    def get_help_text(self) -> str:
        return "不能和账号名、姓名太像。"


class CommonValidator(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "这个密码太常见，请换一个。"

    def get_help_text(self) -> str:
        return "不能是常见的密码。"


class CharacterClassesValidator:
    """Asks for characters of several classes: capitals, small letters, digits and everything else.

    `classes` is how many of the four a password must use; raises ValidationError when it uses fewer.
    """

    NAMES = ("大写字母", "小写字母", "数字", "符号")

    def __init__(self, classes: int = 3) -> None:
        if not 1 <= classes <= len(self.NAMES):
            raise ImproperlyConfigured(f"classes must be 1 to {len(self.NAMES)}, not {classes}.")
        self.classes = classes

    def validate(self, password: str, user: object = None) -> None:
        if len({_character_class(character) for character in password}) < self.classes:
            raise ValidationError(
                f"密码过于简单，请使用{'、'.join(self.NAMES)}中的至少 {self.classes} 类。",
                code="password_too_few_classes",
            )

    def get_help_text(self) -> str:
        return f"含{'、'.join(self.NAMES)}中的至少 {self.classes} 类。"


class ReuseValidator:
    """Refuses the account's present password and those it has had before, ``last`` of them in all."""

    def __init__(self, last: int = 5) -> None:
        if last < 1:
            raise ImproperlyConfigured(f"last must be 1 or more, not {last}.")
        self.last = last

    def validate(self, password: str, user: object = None) -> None:
        if not isinstance(user, User) or user.pk is None:
            return
        used = user.used_passwords.values_list("password", flat=True)[: self.last]
        # An account that is older than the record of used passwords still has its present one.
        if any(check_password(password, known) for known in {user.password, *used}):
            raise ValidationError(
                f"新密码不能与最近{self.last}次用过的密码相同，请换一个。", code="password_used_before"
            )

    def password_changed(self, password: str, user: object = None) -> None:
        """Called by Django once a new password has been saved."""
        if not isinstance(user, User):
            return
        UsedPassword.objects.create(user=user, password=user.password)
        keep = user.used_passwords.values_list("pk", flat=True)[: self.last]
        user.used_passwords.exclude(pk__in=list(keep)).delete()

    def get_help_text(self) -> str:
        return f"不能与最近{self.last}次用过的密码相同。"


def _character_class(character: str) -> str:
    # Chinese characters and full-width signs count as symbols: what matters is the size of the alphabet.
    category = unicodedata.category(character)
    return category if category in ("Lu", "Ll", "Nd") else "other"
