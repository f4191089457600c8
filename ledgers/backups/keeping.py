"""Backups on schedule: one a day, old ones thinned out, and what is known about the last one.

The folder itself is the record of what there is: no table that a restore would set back.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from ledgers.backups.making import make_backup
from ledgers.backups.manifest import BackupRefused, Manifest

logger = logging.getLogger(__name__)

#: Local time of the start, so that people find the one they want.
_NAME: Final = "ledgers-%Y%m%d-%H%M%S"
_PATTERN: Final = re.compile(r"ledgers-\d{8}-\d{6}")
_FAILURE: Final = ".last-failure.json"
_REMOVING: Final = ".removing-"
#: Older than this, the last backup is a reason to look why.
OVERDUE_AFTER: Final = dt.timedelta(days=2)


@dataclass(frozen=True)
class Kept:
    """A whole backup in the folder of scheduled backups."""

    path: Path
    at: dt.datetime
    size: int


@dataclass(frozen=True)
class State:
    """``folder`` is None where no backups are scheduled; ``problem`` is why the last try failed, if it did."""

    folder: Path | None
    last: Kept | None
    number: int
    failed_at: dt.datetime | None
    problem: str

    def is_overdue(self, now: dt.datetime) -> bool:
        return self.last is None or now - self.last.at > OVERDUE_AFTER


def folder() -> Path | None:
    return Path(settings.BACKUP_DIR).absolute() if settings.BACKUP_DIR else None


def kept(where: Path) -> list[Kept]:
    """The whole backups in a folder, newest first: their files are there, of the size that they should have."""
    found = []
    for path in where.glob("ledgers-*"):
        if not _PATTERN.fullmatch(path.name) or path.is_symlink():
            continue
        try:
            manifest = Manifest.read(path)
            manifest.verify(path, contents=False)
        except BackupRefused as refusal:
            logger.error("not a whole backup: %s", refusal)
            continue
        found.append(Kept(path, dt.datetime.fromisoformat(manifest.created_at), manifest.size))
    return sorted(found, key=lambda backup: backup.at, reverse=True)


def back_up_when_due(now: dt.datetime | None = None) -> Kept | None:
    """Make today's backup once its hour has come, even late; then thin out. None when there is nothing to do.

    Raises BackupRefused, and keeps the reason for the page of the administrators.
    """
    where = folder()
    if where is None:
        return None
    local = timezone.localtime(now)
    last = local.replace(hour=settings.BACKUP_HOUR, minute=0, second=0, microsecond=0)
    if local < last:
        last -= dt.timedelta(days=1)
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = kept(where)
    if there and there[0].at >= last:
        return None
    failure = where / _FAILURE
    try:
        make_backup(where / local.strftime(_NAME))
    except BackupRefused as refusal:
        failure.write_text(json.dumps({"at": local.isoformat(), "problem": str(refusal)}), encoding="utf-8")
        raise
    failure.unlink(missing_ok=True)
    there = kept(where)
    thin_out(where, there)
    return there[0]


def thin_out(where: Path, there: list[Kept]) -> list[Path]:
    """Remove the backups that BACKUP_KEEP no longer wants; ``there`` are the whole ones, newest first.

    Nothing else is touched: neither other people's folders nor broken backups, which somebody ought to look at.
    """
    for left in where.glob(f"{_REMOVING}*"):
        shutil.rmtree(left)
    wanted = worth_keeping(there, *settings.BACKUP_KEEP)
    removed = []
    for backup in there:
        if backup not in wanted:
            # Under another name first: a removal that is cut short leaves no half backup.
            doomed = where / f"{_REMOVING}{backup.path.name}"
            backup.path.rename(doomed)
            shutil.rmtree(doomed)
            removed.append(backup.path)
    if removed:
        logger.info("old backups removed: %s", len(removed))
    return removed


def worth_keeping(there: Iterable[Kept], days: int, weeks: int, months: int) -> list[Kept]:
    """The newest backup of each of the last so many days, weeks and months that have one. The newest is among them."""
    newest_first = sorted(there, key=lambda backup: backup.at, reverse=True)
    spans: list[tuple[int, Callable[[dt.datetime], object]]] = [
        (days, lambda at: at.date()),
        (weeks, lambda at: at.isocalendar()[:2]),
        (months, lambda at: (at.year, at.month)),
    ]
    wanted = newest_first[:1]
    for number, span_of in spans:
        seen: list[object] = []
        for backup in newest_first:
            span = span_of(timezone.localtime(backup.at))
            if span not in seen and len(seen) < number:
                seen.append(span)
                wanted.append(backup)
    return [backup for backup in newest_first if backup in wanted]


def state() -> State:
    where = folder()
    if where is None:
        return State(None, None, 0, None, "")
    there = kept(where)
    last = there[0] if there else None
    try:
        failure = json.loads((where / _FAILURE).read_text(encoding="utf-8"))
        return State(
            where, last, len(there), dt.datetime.fromisoformat(failure["at"]), str(failure["problem"])
        )
    except (OSError, ValueError, KeyError):
        return State(where, last, len(there), None, "")
