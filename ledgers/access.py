"""Who may do what: roles, verbs, and the one table that joins them.

Row scope (which records a user sees) is separate and lives in ``RecordQuerySet.visible_to``: a user sees the
subtree of the own unit. A record out of scope is 404; a verb the role lacks is 403.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.db import models


class Role(models.TextChoices):
    CLERK = "clerk", "村级填报员"
    OFFICER = "officer", "统战干事"
    LEADER = "leader", "领导"
    ADMIN = "admin", "系统管理员"
    AUDITOR = "auditor", "审计员"


class Verb(StrEnum):
    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    HISTORY = "history"
    REPORT = "report"
    SIGN = "sign"
    ACCOUNTS = "accounts"


#: Verbs that alter ledger records; a ledger narrows them further with ``Ledger.writers``.
WRITING: Final = frozenset({Verb.ADD, Verb.CHANGE, Verb.DELETE, Verb.IMPORT})

# The account administrator and the auditor see no ledger data: GB/T 22239-2019 keeps the administrator, the
# auditor and the business roles apart.
ROLE_VERBS: Final[dict[str, frozenset[Verb]]] = {
    Role.CLERK: frozenset({Verb.VIEW, Verb.ADD, Verb.CHANGE, Verb.DELETE, Verb.EXPORT, Verb.HISTORY}),
    Role.OFFICER: frozenset(
        {
            Verb.VIEW,
            Verb.ADD,
            Verb.CHANGE,
            Verb.DELETE,
            Verb.EXPORT,
            Verb.IMPORT,
            Verb.HISTORY,
            Verb.REPORT,
        }
    ),
    Role.LEADER: frozenset({Verb.VIEW, Verb.EXPORT, Verb.HISTORY, Verb.SIGN}),
    Role.ADMIN: frozenset({Verb.ACCOUNTS}),
    Role.AUDITOR: frozenset({Verb.HISTORY}),
}


def role_may(role: str, verb: Verb) -> bool:
    """Whether ``role`` has ``verb`` at all; an unknown role has none."""
    return verb in ROLE_VERBS.get(role, frozenset())
