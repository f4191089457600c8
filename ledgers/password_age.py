"""The home page says a week before that a password has to be changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from django.urls import reverse
from django.utils import timezone

from ledgers.models import User
from ledgers.reminders import Reminder, add_source

DAYS_BEFORE: Final = 7


def password_ends(user: User, today: dt.date) -> Iterator[Reminder]:
    expires = user.password_expires_at
    if expires is None:
        return
    day = timezone.localdate(expires)
    days = (day - today).days
    if days <= DAYS_BEFORE:
        left = f"还有{days}天" if days > 0 else "今天"
        text = f"您的密码{left}到期（{day.month}月{day.day}日），到期后要先改密码才能继续使用，请现在就改。"
        yield Reminder(text, reverse("password_change"), "改密码")


add_source(password_ends)
