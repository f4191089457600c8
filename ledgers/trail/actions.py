"""The log of actions: who did or tried what, when, from where, and how it ended (GB/T 22239-2019 8.1.4.3).

Changes to records are in the history, value by value; here is everything else, and that a form was sent at all. An
entry is one INSERT after the answer is made. When the database does not take it, it is an error line in the log, and
the user's work is not held up by it.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, transaction

from ledgers.middleware import current_request_id
from ledgers.models import Action, User

logger = logging.getLogger(__name__)


def record_action(
    kind: Action.Kind,
    result: Action.Result,
    *,
    user: User | None = None,
    account: str = "",
    address: str = "",
    target: str = "",
) -> None:
    """Write one entry. ``target`` is an address or a number, never what is behind it."""
    told: dict[str, Any] = {
        "kind": kind,
        "result": result,
        "user_id": user.pk if user else None,
        "account": (user.username if user else account)[:60],
        "unit_id": user.unit_id if user else None,
        "address": address[:45],
        "target": target[:200],
        "request_id": current_request_id()[:36],
    }
    try:
        with transaction.atomic():
            Action.objects.create(**told)
    except DatabaseError:
        logger.exception("action not recorded: %s", told)
