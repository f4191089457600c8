"""Background work: handlers by kind, a row per job, and Celery to run it.

A job is written in the transaction that asks for it and sent once that has committed. A send that fails (broker
down) loses nothing: the sweeper sends what is still queued. Whoever runs a job holds a lease on it (``leases.py``); a
worker that dies loses it, and another takes the job over. Handlers take ids, call a service, and are safe to run
twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.dispatch import Signal

from ledgers.leases import Lease, LeaseLost, off, stalled
from ledgers.middleware import current_request_id
from ledgers.models import Job, OrgUnit, User
from ledgers.operations.tracing import working_on

logger = logging.getLogger(__name__)

#: A queued job is sent again after so many seconds.
RESEND_AFTER: Final = 30
MAX_ATTEMPTS: Final = 3
#: How long a job that failed rests before each further attempt; the sweeper sends it then.
RETRY_AFTER: Final = (dt.timedelta(seconds=5), dt.timedelta(seconds=60))

#: Sent with ``job`` when one is given up.
job_failed = Signal()


class JobRefused(Exception):
    """The work cannot be done and trying again will not help; the message is a Chinese sentence for the user."""


class Progress:
    """Tells the job row how far the work is; writes at most a few times a second."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._written_at: float | None = None

    def __call__(self, done: int, total: int, message: str = "") -> None:
        now = time.monotonic()
        if self._written_at is not None and done < total and now - self._written_at < 0.3:
            return
        self._written_at = now
        self._lease.tell(done=min(done, total), total=total, message=message[:200])


Handler = Callable[[Job, Progress], dict[str, Any]]


@dataclass(frozen=True)
class _Registered:
    handler: Handler
    label: str
    counted: bool = True


_handlers: dict[str, _Registered] = {}


def job(kind: str, label: str, *, counted: bool = True) -> Callable[[Handler], Handler]:
    """Register the handler of ``kind``; ``label`` is what the progress page calls it.

    ``counted``: whether its progress is in things that people count, such as rows.
    """

    def register(handler: Handler) -> Handler:
        if kind in _handlers:
            raise ImproperlyConfigured(f"Job kind {kind!r} is registered twice.")
        _handlers[kind] = _Registered(handler, label, counted)
        return handler

    return register


def handler_label(kind: str) -> str:
    return _handlers[kind].label if kind in _handlers else kind


def is_counted(kind: str) -> bool:
    return kind in _handlers and _handlers[kind].counted


def enqueue(kind: str, *, user: User | None, unit: OrgUnit | None = None, payload: dict[str, Any]) -> Job:
    """Write the job row and send it when the surrounding transaction commits."""
    if kind not in _handlers:
        raise ImproperlyConfigured(f"No handler for job kind {kind!r}.")
    created = Job.objects.create(
        kind=kind, user=user, unit=unit, payload=payload, request_id=current_request_id()
    )
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
    Job.objects.filter(pk=sent.pk).update(sent_at=Now())
    return True


def execute(job_id: str) -> None:
    """Run one job in this process. Does nothing when another worker has it or it is over."""
    claimed = (
        Job.objects.filter(Q(state=Job.State.QUEUED) | stalled(), pk=job_id)
        .filter(attempts__lt=MAX_ATTEMPTS)
        .update(state=Job.State.RUNNING, started_at=Now(), beat_at=Now(), attempts=F("attempts") + 1)
    )
    if not claimed:
        return
    current = Job.objects.select_related("user__unit", "unit").get(pk=job_id)
    with working_on(current):
        _run(current)


def _run(current: Job) -> None:
    lease = Lease(current)
    registered = _handlers.get(current.kind)
    try:
        if registered is None:
            raise JobRefused("没有处理这类任务的程序，请联系系统管理员。")
        with lease.held():
            result = registered.handler(current, Progress(lease))
    except JobRefused as refusal:
        _finish(current, lease, Job.State.FAILED, error=str(refusal))
    except LeaseLost:
        # Whoever has the job now tells how it ends.
        logger.warning("job %s (%s): another worker has taken it over", current.pk, current.kind)
    except Exception as error:
        # Where it happened, but not the exception's text: it may quote a cell of somebody's workbook.
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("job %s (%s) failed: %s\n%s", current.pk, current.kind, type(error).__name__, frames)
        if not connection.in_atomic_block:
            close_old_connections()  # it may have been the connection itself that failed
        if current.attempts < MAX_ATTEMPTS:
            lease.update(
                state=Job.State.QUEUED,
                sent_at=None,
                due_at=Now() + RETRY_AFTER[current.attempts - 1],
                message="稍后自动重试",
            )
        else:
            _finish(
                current,
                lease,
                Job.State.FAILED,
                error="处理时出现意外错误，数据没有改动。请稍后重试，仍不行请联系系统管理员。",
            )
    else:
        _finish(current, lease, Job.State.DONE, result=result)
        logger.info("job done", extra={"told": {"attempts": current.attempts}})


def _finish(
    finished: Job, lease: Lease, state: Job.State, *, result: dict[str, Any] | None = None, error: str = ""
) -> None:
    told = lease.update(
        state=state, result=result or {}, error=error[:300], finished_at=Now(), **lease.last_told
    )
    if told and state == Job.State.FAILED:
        job_failed.send(sender=Job, job=finished)


def sweep() -> int:
    """Send again what a dead broker or worker lost; returns how many jobs were sent."""
    unsent = Q(sent_at__isnull=True) | off("sent_at", RESEND_AFTER)
    due = Q(due_at__isnull=True) | Q(due_at__lte=Now()) | off("due_at", RETRY_AFTER[-1].total_seconds())
    given_up = Job.objects.filter(stalled(), attempts__gte=MAX_ATTEMPTS)
    for lost in given_up:
        told = Job.objects.filter(stalled(), pk=lost.pk, attempts=lost.attempts).update(
            state=Job.State.FAILED,
            error=f"处理中断了{MAX_ATTEMPTS}次，数据没有改动；文件很大时请分成几个再交，仍不行请联系系统管理员。",
            finished_at=Now(),
        )
        if told:
            job_failed.send(sender=Job, job=lost)
    waiting = Q(state=Job.State.QUEUED) & unsent & due
    found = Job.objects.filter(waiting | stalled()).filter(off("created_at", 5))
    return sum(send(each) for each in found.order_by("created_at")[:200])


def retry(failed: Job) -> bool:
    """Queue a failed job again; False when it is not failed (any more)."""
    queued = Job.objects.filter(pk=failed.pk, state=Job.State.FAILED).update(
        state=Job.State.QUEUED, attempts=0, error="", done=0, finished_at=None, sent_at=None, due_at=None
    )
    if queued:
        transaction.on_commit(lambda: send(failed))
    return bool(queued)
