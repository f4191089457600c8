"""Whoever runs a job holds it; who has lost it commits nothing, whatever the clocks say."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from ledgers import jobs
from ledgers.db import elsewhere, snapshot
from ledgers.leases import Lease
from ledgers.models import Job, SheetLayout, User
from tests.conftest import Units

pytestmark = pytest.mark.each_database

Work = Callable[[Job, jobs.Progress], Any]


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Work], None]]:
    """does(work): what jobs of the kind ``test.work`` do."""
    monkeypatch.setattr("ledgers.tasks.run_job.apply_async", lambda args, **options: None)

    def register(work: Work) -> None:
        jobs.job("test.work", "试做")(lambda job, progress: work(job, progress) or {})

    yield register
    jobs._handlers.pop("test.work", None)


def ask(user: User) -> Job:
    return jobs.enqueue("test.work", user=user, payload={})


on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite's test database lets nobody in beside a transaction"
)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_has_lost_the_job_commits_nothing_and_tells_nothing(
    officer: User, units: Units, does: Callable[[Work], None]
) -> None:
    def work(job: Job, progress: jobs.Progress) -> None:
        # A second worker thinks that this one is dead.
        Job.objects.filter(pk=job.pk).update(attempts=F("attempts") + 1, message="另一个在做")
        progress(1, 2, "还在做")
        with transaction.atomic():
            SheetLayout.objects.create(ledger_slug="x", unit=units.township, signature="x")

    does(work)
    job = ask(officer)
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert not SheetLayout.objects.exists()
    assert (job.state, job.attempts, job.message) == (Job.State.RUNNING, 2, "另一个在做")
    # This thread's connection is an ordinary one again.
    SheetLayout.objects.create(ledger_slug="x", unit=units.township, signature="x")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_keeps_its_lease_and_shows_its_progress(
    officer: User, does: Callable[[Work], None], settings: LazySettings
) -> None:
    settings.JOB_STALLED_SECONDS = 1
    seen: list[tuple[str, int]] = []

    def work(job: Job, progress: jobs.Progress) -> None:
        with transaction.atomic():
            # A lock on the job's row would keep the lease from being renewed.
            progress(1, 2, "正在写入")
            started = time.monotonic()
            while time.monotonic() - started < 2.2:
                time.sleep(0.1)
                elsewhere(lambda: jobs.execute(str(job.pk)))
            message = elsewhere(lambda: Job.objects.values_list("message", flat=True).get(pk=job.pk))
            seen.append((message, Job.objects.get(pk=job.pk).attempts))

    does(work)
    job = ask(officer)
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert seen == [("正在写入", 1)]
    assert job.state == Job.State.DONE


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lost", [False, True])
def test_a_snapshot_is_committed_although_the_lease_was_renewed_beside_it_and_not_when_it_was_lost(
    officer: User, units: Units, does: Callable[[Work], None], lost: bool
) -> None:
    def work(job: Job, progress: jobs.Progress) -> None:
        with snapshot():
            SheetLayout.objects.create(ledger_slug="x", unit=units.township, signature="x")
            taken = F("attempts") + (1 if lost else 0)
            elsewhere(lambda: Job.objects.filter(pk=job.pk).update(beat_at=Now(), attempts=taken))

    does(work)
    job = ask(officer)
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert SheetLayout.objects.exists() is not lost
    assert job.state == (Job.State.RUNNING if lost else Job.State.DONE)


@pytest.mark.django_db
def test_the_lease_is_renewed_until_the_work_is_over_its_thread_dead_or_its_time_up(
    officer: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_STALLED_SECONDS = 0.04
    job = Job.objects.create(kind="x", user=officer, state=Job.State.RUNNING)
    beats = threading.Semaphore(0)

    class Watched(Lease):
        def _renewed(self, told: dict[str, Any]) -> bool:
            beats.release()
            return True

    lease = Watched(job)
    with lease.held():
        assert all(beats.acquire(timeout=10) for _ in range(3))
    assert not [thread for thread in threading.enumerate() if thread.name == f"lease-{job.pk}"]

    dead = threading.Thread(target=lambda: None)
    dead.start()
    dead.join()
    Watched(job)._beat(dead)

    settings.CELERY_TASK_TIME_LIMIT = 0
    Watched(job)._beat(threading.current_thread())


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_is_two_hours_off_neither_steals_nor_loses_a_job(
    officer: User, does: Callable[[Work], None], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    done: list[Any] = []
    does(lambda job, progress: done.append(job.pk))
    running, waiting = ask(officer), ask(officer)
    Job.objects.filter(pk=running.pk).update(
        state=Job.State.RUNNING,
        attempts=1,
        beat_at=jobs.Now(),
        created_at=timezone.now() - dt.timedelta(minutes=5),
    )
    off = timezone.now() + dt.timedelta(hours=hours)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: off)
        # Another host's clock, by which this one is late or early, decides nothing about who is dead.
        jobs.execute(str(running.pk))
        assert not done
        asked = ask(officer)
        for each in (waiting, asked):
            jobs.execute(str(each.pk))
        assert done == [waiting.pk, asked.pk]
    # The database's own clock was set back or forward under jobs that wait: they are sent again at once.
    lost = ask(officer)
    Job.objects.filter(pk=lost.pk).update(sent_at=off, created_at=off, due_at=off)
    dead = ask(officer)
    Job.objects.filter(pk=dead.pk).update(state=Job.State.RUNNING, attempts=1, beat_at=off, created_at=off)
    assert jobs.sweep() == 2
    for each in (lost, dead):
        jobs.execute(str(each.pk))
    assert done[2:] == [lost.pk, dead.pk]


@pytest.mark.django_db
def test_a_worker_that_has_lost_the_job_does_not_tell_that_it_failed(
    officer: User, does: Callable[[Work], None]
) -> None:
    told: list[Job] = []

    def tell(job: Job, **_: Any) -> None:
        told.append(job)

    def refuse(job: Job, progress: jobs.Progress) -> None:
        if job.payload:
            Job.objects.filter(pk=job.pk).update(attempts=F("attempts") + 1)
        raise jobs.JobRefused("这件事办不了。")

    does(refuse)
    lost, own = ask(officer), ask(officer)
    Job.objects.filter(pk=lost.pk).update(payload={"lost": True})
    jobs.job_failed.connect(tell)
    for job in (lost, own):
        jobs.execute(str(job.pk))
        job.refresh_from_db()
    jobs.job_failed.disconnect(tell)
    assert told == [own]
    assert (lost.state, lost.error) == (Job.State.RUNNING, "")
    assert (own.state, own.error) == (Job.State.FAILED, "这件事办不了。")


@pytest.mark.django_db
def test_what_failed_is_tried_again_later_and_later(officer: User, does: Callable[[Work], None]) -> None:
    def fail(job: Job, progress: jobs.Progress) -> None:
        raise RuntimeError

    does(fail)
    job = ask(officer)
    Job.objects.update(created_at=timezone.now() - dt.timedelta(minutes=1))
    rests = []
    for _ in range(2):
        jobs.execute(str(job.pk))
        assert jobs.sweep() == 0
        job.refresh_from_db()
        assert job.due_at
        rests.append(job.due_at)
        Job.objects.update(due_at=timezone.now() - dt.timedelta(seconds=1))
        assert jobs.sweep() == 1
    assert rests[1] - rests[0] > dt.timedelta(seconds=30)
    jobs.execute(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.FAILED, 3)
