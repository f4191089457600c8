"""Who may do what with a report, by ``ledgers.access`` and the unit of the report."""

from __future__ import annotations

from ledgers.access import Verb
from ledgers.models import OrgUnit, User


def may_draft(user: User, unit: OrgUnit) -> bool:
    """Whether the user drafts, edits and submits reports of ``unit``: of the own unit and those below it."""
    return user.can(Verb.REPORT) and user.unit is not None and unit.is_within(user.unit)


def may_sign(user: User, unit: OrgUnit) -> bool:
    """Whether the user signs reports of ``unit``: the leader of that very unit.

    A village has no leader's account; the leader of its township signs for it.
    """
    if not user.can(Verb.SIGN) or user.unit is None:
        return False
    if unit.level == OrgUnit.Level.VILLAGE:
        return unit.is_within(user.unit) and user.unit.level != OrgUnit.Level.COUNTY
    return user.unit == unit
