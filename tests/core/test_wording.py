"""What a form says when something typed is wrong: in the product's words, whichever ledger it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.password_validation import password_validators_help_texts

from ledgers.models import User
from ledgers.registry import ledgers

pytestmark = pytest.mark.django_db

#: From Django's own translation of its messages.
NOT_OURS = ("字段", "确保该值", "确认总共", "有效的", "不在可用的选项中")


def test_every_ledger_says_what_to_do_about_what_is_missing_and_what_is_wrong(
    officer: User,
) -> None:
    said: set[str] = set()
    for ledger in ledgers:
        form_class: Any = ledger.form
        names = list(form_class(user=officer).fields)
        for typed in ("", "-3", "-1.23456", "没有这一项", "9" * 400):
            form = form_class({name: typed for name in names if name != "nonce"}, user=officer)
            said.update(text for errors in form.errors.values() for text in errors)
    assert {"请填写这一项。", "请选择一项。", "请填写日期，如2026-01-31。", "不能小于0，请核对。"} <= said
    assert [text for text in said if any(words in text for words in NOT_OURS)] == []


def test_the_password_page_does_not_change_its_manners() -> None:
    assert [text for text in password_validators_help_texts() if "你" in text] == []
