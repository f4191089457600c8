"""What the background worker does by the clock, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def tasks(*, sweep_seconds: int) -> dict[str, dict[str, Any]]:
    """Celery's beat schedule. ``sweep_seconds``: how often jobs that wait, or whose worker died, are looked for."""

    def every(interval: timedelta, task: str, **options: Any) -> dict[str, Any]:
        return {"task": task, "schedule": interval, **({"options": options} if options else {})}

    return {
        # A sweep that waited behind long work is of no use: the next one is already due.
        "sweep-jobs": every(timedelta(seconds=sweep_seconds), "ledgers.sweep_jobs", expires=60),
        "seal-history": every(MINUTE, "ledgers.seal_history", expires=60),
        "keep-the-log": every(DAY, "ledgers.keep_the_log"),
        "back-up": every(20 * MINUTE, "ledgers.back_up"),
        "settle-files": every(DAY, "ledgers.settle_files"),
        "forget-sessions": every(DAY, "ledgers.forget_sessions"),
        # After a quarter has ended, its reports wait as drafts in the officers' trays.
        "draft-due-reports": every(12 * HOUR, "reporting.draft_due"),
        "check-drift-of-reports": every(HOUR, "reporting.check_drift"),
        "anonymise-former-representatives": every(DAY, "representatives.anonymise_former"),
    }
