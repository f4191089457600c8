"""Background work of the auditor's page."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from ledgers.access import Verb
from ledgers.jobs import JobRefused, Progress, job
from ledgers.models import Job
from ledgers.trail.sealing import seal_new
from ledgers.trail.verifying import verify

VERIFY: Final = "history.verify"


def last_verified() -> Job | None:
    """The newest verification that came to an end, whoever asked for it."""
    return Job.objects.filter(kind=VERIFY, state=Job.State.DONE).order_by("-finished_at").first()


@job(VERIFY, "核验历史记录")
def verify_history(current: Job, progress: Progress) -> dict[str, Any]:
    if current.user is None or not current.user.can(Verb.HISTORY):
        raise JobRefused("您已没有查看操作记录的权限。")
    seal_new(progress=progress)
    told = verify(progress=progress).as_json()
    # What is told is told by table and number; the list of all of it is for the command.
    del told["problems"]
    return {**told, "url": reverse("audit:list")}
