"""A worker's hold on a job: renewed while the work goes on, lost when it does not, and asked before every commit.

Times are the database's own, so that it does not matter what the clocks of several hosts say. One that was set forward
or back under a running job makes it look stalled, or its lease lie in the future, for one renewal at most.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models import Q
from django.db.models.functions import Now

from ledgers.db import before_commit, elsewhere, keeps_writers_out, sees_the_past
from ledgers.models import Job

logger = logging.getLogger(__name__)


class LeaseLost(DatabaseError):
    """Another worker has taken the job over, or it is over: what this one has written is rolled back."""


def off(field: str, seconds: float) -> Q:
    """Condition: the time in ``field`` is further from now than ``seconds``.

    Also when it lies ahead, as after a clock was set back: whoever waited for it would wait too long.
    """
    long = dt.timedelta(seconds=seconds)
    return Q(**{f"{field}__lt": Now() - long}) | Q(**{f"{field}__gt": Now() + long})


def stalled() -> Q:
    """Condition for a running job whose worker must be dead: nobody has renewed its lease."""
    return Q(state=Job.State.RUNNING) & off("beat_at", settings.JOB_STALLED_SECONDS)


class Lease:
    """The hold of this process on one attempt at a job."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._attempt = Job.objects.filter(pk=job.pk, attempts=job.attempts, state=Job.State.RUNNING)
        self._over = False
        self._wake = threading.Event()
        self._told: dict[str, Any] = {}
        #: How far the work was when it last told: what ends the job writes it once more, since the thread may not
        #: have come to it.
        self.last_told: dict[str, Any] = {}

    def update(self, **values: Any) -> bool:
        """Write to the job's row; False when it is not ours any more."""
        return bool(self._attempt.update(**values))

    def tell(self, **values: Any) -> None:
        """Write how far the work is, so that others see it at once.

        Not in the work's own transaction, at the end of which it would be too late, unless nobody else can write.
        """
        self.last_told = values
        if connection.in_atomic_block and not keeps_writers_out():
            self._told = values
            self._wake.set()
        else:
            self.update(beat_at=Now(), **values)

    def check(self) -> None:
        """Renew the lease, or raise LeaseLost. Within a transaction nobody takes the job over before it ends."""
        # In a snapshot the row that the heartbeat has renewed cannot be renewed again; the commit that follows has the
        # whole length of a new lease for itself.
        if not (elsewhere(self._renew) if sees_the_past() else self._renew()):
            raise LeaseLost(f"job {self._job.pk}: attempt {self._job.attempts} is over")

    def _renew(self) -> bool:
        return self.update(beat_at=Now())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Renew in the background while the block runs, and ask before every commit of its thread."""
        beating = threading.Thread(
            target=self._beat, args=(threading.current_thread(),), name=f"lease-{self._job.pk}", daemon=True
        )
        beating.start()
        try:
            with before_commit(self.check):
                yield
        finally:
            self._over = True
            self._wake.set()
            beating.join(timeout=5)

    def _beat(self, worker: threading.Thread) -> None:
        """Until the work is over, its thread is dead, or it has hung for longer than any job may take."""
        every = settings.JOB_STALLED_SECONDS / 4
        until = time.monotonic() + settings.CELERY_TASK_TIME_LIMIT
        try:
            while True:
                self._wake.wait(every)
                self._wake.clear()
                if self._over or not worker.is_alive() or time.monotonic() > until:
                    return
                told, self._told = self._told, {}
                if not self._renewed(told):
                    return
        finally:
            connections.close_all()

    def _renewed(self, told: dict[str, Any]) -> bool:
        try:
            return self.update(beat_at=Now(), **told)
        except DatabaseError:
            # Tried again in a while; as long as nothing can be written, nobody takes the job over.
            logger.warning("job %s: lease not renewed", self._job.pk, exc_info=True)
            connections.close_all()
            return True
