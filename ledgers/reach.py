"""The part of the tree that a user reaches, worked out once for as long as the tree stays the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from django.core.cache import caches
from django.utils.safestring import SafeString

from ledgers.models import OrgUnit, User
from ledgers.models.units import OrgUnitQuerySet
from ledgers.states import UNITS, States, key_of, remembered
from ledgers.unit_choices import tree_options

T = TypeVar("T", bool, SafeString)


class Reach:
    """The own unit of ``user`` and all below it; ``known`` are the states of the page that asks."""

    def __init__(self, user: User, known: States) -> None:
        self._user = user
        self._known = known

    @property
    def units(self) -> OrgUnitQuerySet:
        return self._user.units()

    @cached_property
    def is_everything(self) -> bool:
        """Whether there is no unit outside: a long list then needs no condition on units."""
        unit = self._user.unit
        if unit is None or not unit.is_root():
            return False
        return self._remembered("everything", lambda: OrgUnit.objects.all_visible_to(self._user))

    @cached_property
    def options(self) -> SafeString:
        """The units as options of a drop-down, none of them selected."""
        return self._remembered("options", lambda: tree_options(self.units))

    def _remembered(self, kind: str, work_out: Callable[[], T]) -> T:
        state = self._known.of([UNITS])
        if state is None or self._user.unit is None:
            return work_out()
        key = key_of(kind, state, self._user.unit.path, self._user.is_active)
        return remembered(key, work_out, cache=caches["process"])
