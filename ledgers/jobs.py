"""Background work: handlers by kind, a row per job, and Celery to run it.

A job is written in the transaction that asks for it and sent once that has committed. A send that fails (broker
down) loses nothing: the sweeper sends what is still queued. Handlers take ids, call a service, and are safe to
run twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ledgers.models import Job, OrgUnit, User

logger = logging.getLogger(__name__)

#: A queued job is sent again after this long.
RESEND_AFTER: Final = dt.timedelta(seconds=30)
MAX_ATTEMPTS: Final = 3


def stalled(now: dt.datetime) -> Q:
    """Condition for a running job that has not moved for so long that its worker must be dead."""
    return Q(state=Job.State.RUNNING, beat_at__lt=now - dt.timedelta(seconds=settings.JOB_STALLED_SECONDS))


class JobRefused(Exception):
    """The work cannot be done and trying again will not help; the message is a Chinese sentence for the user."""


class Progress:
    """Tells the job row how far the work is; writes at most a few times a second."""

    def __init__(self, job_id: uuid.UUID) -> None:
        self._job_id = job_id
        self._written_at: dt.datetime | None = None

    def __call__(self, done: int, total: int, message: str = "") -> None:
        now = timezone.now()
        if self._written_at and done < total and (now - self._written_at).total_seconds() < 0.3:
            return
        self._written_at = now
        Job.objects.filter(pk=self._job_id).update(
            done=min(done, total), total=total, message=message[:200], beat_at=now
        )


Handler = Callable[[Job, Progress], dict[str, Any]]


@dataclass(frozen=True)
class _Registered:
    handler: Handler
    label: str


_handlers: dict[str, _Registered] = {}


def job(kind: str, label: str) -> Callable[[Handler], Handler]:
    """Register the handler of ``kind``; ``label`` is what the progress page calls it."""

    def register(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ImproperlyConfigured(f"Job kind {kind!r} is registered twice.")
        _handlers[kind] = _Registered(handler, label)
        return handler

    return register


def handler_label(kind: str) -> str:
    return _handlers[kind].label if kind in _handlers else kind


def enqueue(kind: str, *, user: User | None, unit: OrgUnit | None = None, payload: dict[str, Any]) -> Job:
    """Write the job row and send it when the surrounding transaction commits."""
    if kind not in _handlers:
        raise ImproperlyConfigured(f"No handler for job kind {kind!r}.")
    created = Job.objects.create(kind=kind, user=user, unit=unit, payload=payload)
    transaction.on_commit(lambda: send(created))
    return created


def send(sent: Job) -> bool:
    """Hand the job to the broker; False when the broker does not take it (the sweeper will try again)."""
    from ledgers.tasks import run_job

    try:
        run_job.apply_async(args=[str(sent.pk)], retry=False)
    except Exception:  # every transport has errors of its own
        logger.warning("job %s not sent: broker out of reach", sent.pk, exc_info=True)
        return False
    Job.objects.filter(pk=sent.pk).update(sent_at=timezone.now())
    return True


def execute(job_id: str) -> None:
    """Run one job in this process. Does nothing when another worker has it or it is over."""
    now = timezone.now()
    claimed = (
        Job.objects.filter(Q(state=Job.State.QUEUED) | stalled(now), pk=job_id)
        .filter(attempts__lt=MAX_ATTEMPTS)
        .update(state=Job.State.RUNNING, started_at=now, beat_at=now, attempts=F("attempts") + 1)
    )
    if not claimed:
        return
    current = Job.objects.select_related("user__unit", "unit").get(pk=job_id)
    registered = _handlers.get(current.kind)
    try:
        if registered is None:
            raise JobRefused("没有处理这类任务的程序，请联系系统管理员。")
        result = registered.handler(current, Progress(current.pk))
    except JobRefused as refusal:
        _finish(current, Job.State.FAILED, error=str(refusal))
    except Exception as error:
        # Where it happened, but not the exception's text: it may quote a cell of somebody's workbook.
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("job %s (%s) failed: %s\n%s", current.pk, current.kind, type(error).__name__, frames)
        if current.attempts < MAX_ATTEMPTS:
            Job.objects.filter(pk=current.pk).update(
                state=Job.State.QUEUED, sent_at=None, message="稍后自动重试"
            )
            send(current)
        else:
            _finish(
                current,
                Job.State.FAILED,
                error="处理时出现意外错误，数据没有改动。请稍后重试，仍不行请联系系统管理员。",
            )
    else:
        _finish(current, Job.State.DONE, result=result)


def _finish(
    finished: Job, state: Job.State, *, result: dict[str, Any] | None = None, error: str = ""
) -> None:
    Job.objects.filter(pk=finished.pk).update(
        state=state, result=result or {}, error=error[:300], finished_at=timezone.now()
    )


def sweep() -> int:
    """Send again what a dead broker or worker lost; returns how many jobs were sent."""
    now = timezone.now()
    unsent = Q(state=Job.State.QUEUED) & (Q(sent_at__isnull=True) | Q(sent_at__lt=now - RESEND_AFTER))
    given_up = Job.objects.filter(stalled(now), attempts__gte=MAX_ATTEMPTS)
    given_up.update(
        state=Job.State.FAILED,
        error=f"处理中断了{MAX_ATTEMPTS}次，数据没有改动；文件很大时请分成几个再交，仍不行请联系系统管理员。",
        finished_at=now,
    )
    lost = Job.objects.filter(unsent | stalled(now), created_at__lt=now - dt.timedelta(seconds=5))
    return sum(send(found) for found in lost.order_by("created_at")[:200])


def retry(failed: Job) -> bool:
    """Queue a failed job again; False when it is not failed (any more)."""
    queued = Job.objects.filter(pk=failed.pk, state=Job.State.FAILED).update(
        state=Job.State.QUEUED, attempts=0, error="", done=0, finished_at=None, sent_at=None
    )
    if queued:
        transaction.on_commit(lambda: send(failed))
    return bool(queued)
