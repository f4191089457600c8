"""What waits for a user, told on the home page. Parts of the product that know of something register a source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ledgers.models import User

Tone = Literal["danger", "warning", "info"]


@dataclass(frozen=True)
class Reminder:
    """One sentence, where to go, and how pressing it is."""

    text: str
    url: str
    action: str
    tone: Tone = "warning"


Source = Callable[[User, dt.date], Iterable[Reminder]]

_ORDER: dict[Tone, int] = {"danger": 0, "warning": 1, "info": 2}
_sources: list[Source] = []


def add_source(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def reminders_for(user: User, today: dt.date) -> list[Reminder]:
    """Most pressing first."""
    found = [reminder for source in _sources for reminder in source(user, today)]
    return sorted(found, key=lambda reminder: _ORDER[reminder.tone])
