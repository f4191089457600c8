"""What an author can choose from while typing a token: every indicator, and every way to say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ledgers.indicators import Figure
from ledgers.models import OrgUnit
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.narrative.filters import FILTERS, Filter, NothingToSay


def choices(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """A row for each figure; ``said`` has the words of each filter, "" where there is nothing to say."""
    families = {family.app_label: family.label for family in ledgers.families()}
    return [
        {
            "code": figure.code,
            "label": figure.label,
            "synonyms": figure.indicator.synonyms,
            "family": families.get(figure.indicator.family, ""),
            "said": {name: _said(known, figure) for name, known in FILTERS.items()},
        }
        for figure in figures
    ]


def filter_choices() -> list[dict[str, str]]:
    return [{"name": name, "label": known.label, "example": known.example} for name, known in FILTERS.items()]


def place_choices(units: Iterable[OrgUnit], period: Period) -> list[dict[str, str]]:
    """What can stand behind @: other periods, then units by name, or by code where two have the same name."""
    before = (period.previous, period.same_period_last_year)
    rows = [{"written": str(each), "label": each.label, "note": "期间"} for each in dict.fromkeys(before)]
    named = list(units)
    count = Counter(unit.name for unit in named)
    return rows + [
        {
            "written": unit.name if count[unit.name] == 1 else unit.code,
            "label": unit.name,
            "note": unit.code,
        }
        for unit in named
    ]


def _said(known: Filter, figure: Figure) -> str:
    try:
        return "".join(run.text for run in known.say(figure, ""))
    except NothingToSay:
        return ""
