"""The panel of targets on the dashboard and the home page: what is behind first, and what to do where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ledgers.access import Verb
from ledgers.indicators import Figure, indicators
from ledgers.models import OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from reporting.cards import Card

_ORDER: Final = {"is-behind": 0, "": 1, "is-met": 2}


@dataclass(frozen=True)
class TargetPanel:
    """The cards of figures that are held to a target; or, where there are none, ``note`` says why.

    ``year_only`` tells that the targets there are speak of the whole year.
    """

    cards: tuple[Card, ...]
    note: str = ""
    year_only: bool = False

    def __bool__(self) -> bool:
        return bool(self.cards or self.note)


def target_panel(
    unit: OrgUnit, period: Period, figures: Iterable[Figure], cards: Mapping[str, Card]
) -> TargetPanel:
    """The targets of ``unit`` itself in ``period``. A village that has none of its own is shown no empty panel."""
    found = list(figures)
    held = [cards[figure.code] for figure in found if cards[figure.code].progress is not None]
    if held:
        return TargetPanel(tuple(sorted(held, key=lambda card: _ORDER[card.progress.state])))  # type: ignore[union-attr]
    if any(figure.goal is not None for figure in found):
        return TargetPanel((), f"{unit}的目标按全年考核，{period.label}没有单独的目标。", year_only=True)
    if unit.level == OrgUnit.Level.VILLAGE:
        return TargetPanel(())
    return TargetPanel((), f"{unit}{period.year}年还没有登记年度目标。")


def where_targets_are_set(user: User) -> str:
    """The list of targets, for those who may add one; else nothing."""
    slug = indicators.goals_kept_in
    if slug and user.can(Verb.ADD, ledgers.get(slug)):
        return ledgers.get(slug).url("list")
    return ""
