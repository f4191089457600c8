"""Rewriting history rows on purpose, in the one case the law asks for it: making a person anonymous.

The rows' new digests are appended to the chain together with what they said before, so that verifying tells the rows
that were made anonymous, and when, from rows that somebody has altered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models

from ledgers.models import HistorySeal
from ledgers.trail import chain
from ledgers.trail.digests import Trail, histories, ranges_of
from ledgers.trail.protection import rewriting


class Redaction:
    """Collects the rows that a redaction touches; see ``redacting``."""

    def __init__(self) -> None:
        self._trails = {trail.history: trail for trail in histories()}
        self._before: dict[Trail, dict[int, bytes]] = {}

    def rewrite(self, rows: models.QuerySet[Any], **values: Any) -> int:
        """Set ``values`` in history rows; returns how many there are."""
        trail = self._trails[rows.model]
        keys = sorted(rows.order_by().values_list("pk", flat=True))
        known = self._before.setdefault(trail, {})
        new = [key for key in keys if key not in known]
        known.update(trail.rows(ranges_of(new), trail.columns))
        return int(rows.update(**values))

    def links(self, reason: str) -> list[chain.Link]:
        found = []
        for trail, before in self._before.items():
            keys = sorted(before)
            after = dict(trail.rows(ranges_of(keys), trail.columns))
            changed = [key for key in keys if after[key] != before[key]]
            if changed:
                found.append(
                    chain.Link(
                        trail=trail,
                        kind=HistorySeal.Kind.REDACTION,
                        keys=changed,
                        digests=b"".join(after[key] for key in changed),
                        before=b"".join(before[key] for key in changed),
                        reason=reason,
                    )
                )
        return found


@contextmanager
def redacting(reason: str) -> Iterator[Redaction]:
    """A transaction in which ``Redaction.rewrite`` may change history; ``reason`` is kept in the chain and the log."""
    with rewriting(reason):
        redaction = Redaction()
        yield redaction
        links = redaction.links(reason)
        if links:
            chain.append(links, since=chain.locked_state())
