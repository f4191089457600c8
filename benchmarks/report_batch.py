"""A batch of annual reports, PDF, Word and Excel each: one Celery worker against two (part of ``script/bench report``).

Real workers on the PostgreSQL and Redis that ``script/bench`` starts. A worker process has a core of its own, which it
shares with its renderer: two workers have two cores, one worker one. So the ratio says whether anything keeps one
worker waiting for another (locks, a shared renderer, a shared cache), and not how many processes a report happens to
use at a time. ``unpinned`` leaves the placing to the kernel.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

#: What two workers have to reach.
GOAL = 1.7
VILLAGES = ("上河村", "下河村", "新桥村", "石门社区", "竹溪村", "柏树村")
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Measured:
    """Seconds that passed and that the workers computed; looks at the database that found a session waiting."""

    passed: float
    computed: float
    looks: int
    waiting: int


def compare(*, units: int, rounds: int, pinned: bool = True) -> bool:
    """Print what ``units`` townships' reports take one worker and two, in turns; whether the goal was reached."""
    county = _county(units)
    measured: dict[int, list[Measured]] = {1: [], 2: []}
    for round_number in range(rounds):
        for workers in (1, 2) if round_number % 2 == 0 else (2, 1):
            measured[workers].append(_run(county, units, workers, pinned))
    print(
        f"{units} annual reports as PDF, Word and Excel, median of {rounds}{'' if pinned else ', not pinned'}"
    )
    print(f"{'workers':<10} {'passed, s':>10} {'computed, s':>12} {'waiting for a lock':>19}")
    for workers, found in measured.items():
        passed, computed = (
            statistics.median(getattr(m, name) for m in found) for name in ("passed", "computed")
        )
        share = sum(m.waiting for m in found) / max(1, sum(m.looks for m in found))
        print(f"{workers:<10} {passed:>10.1f} {computed:>12.1f} {share:>18.1%}")
    alone, together = (statistics.median(m.passed for m in measured[workers]) for workers in (1, 2))
    reached = alone / together >= GOAL
    print(f"ratio {alone / together:.2f}, goal {GOAL}: {'reached' if reached else 'MISSED'}")
    return reached


def _county(units: int) -> Any:
    """The demo county with as many townships as are wanted, each with records in every ledger."""
    from django.db import transaction
    from django.utils import timezone

    from ledgers import demo
    from ledgers.models import OrgUnit

    county = OrgUnit.objects.get(code=demo.COUNTY[0])
    for number in range(county.children().count(), units):
        code = f"3302812{number:02}000"
        town = OrgUnit.objects.create_under(
            county, code=code, name=f"{number}号镇", level=OrgUnit.Level.TOWNSHIP
        )
        for place, name in enumerate(VILLAGES, start=201):
            OrgUnit.objects.create_under(
                town, code=f"{code[:9]}{place}", name=name, level=OrgUnit.Level.VILLAGE
            )
        with transaction.atomic():
            list(demo._fill(town, timezone.localdate(), 1))
    return county


def _run(county: Any, units: int, workers: int, pinned: bool) -> Measured:
    from ledgers.jobs import enqueue
    from ledgers.models import Job, User
    from reporting.models import Report

    user = User.objects.get(username="county")
    Report.objects.all().delete()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _workers(workers, pinned):
        # Every process has loaded all it needs before the clock starts.
        villages = next(iter(county.children())).children()[: 2 * workers]
        _waited_for(
            [
                enqueue("report.build", user=user, payload={"unit": v.pk, "period": "2025", "kind": "annual"})
                for v in villages
            ]
        )
        payload = {"unit": county.pk, "period": "2025", "kind": "annual"}
        job = enqueue("report.batch", user=user, unit=county, payload=payload)
        looks, waiting = _waited_for([job])
        job.refresh_from_db()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    if job.state != Job.State.DONE or len(job.result["reports"]) != units or job.result["skipped"]:
        raise SystemExit(f"The batch did not come out whole: {job.state} {job.error} {job.result}")
    if not job.started_at or not job.finished_at:
        raise SystemExit("The batch has no times.")
    computed = ended.ru_utime + ended.ru_stime - children.ru_utime - children.ru_stime
    return Measured((job.finished_at - job.started_at).total_seconds(), computed, looks, waiting)


def _waited_for(jobs: list[Any]) -> tuple[int, int]:
    """Wait until all are over; how often was looked, and how often somebody waited for a lock then."""
    from django.db import connection

    from ledgers.models import Job

    looks = waiting = 0
    until = time.monotonic() + _PATIENCE_SECONDS
    while Job.objects.filter(pk__in=[job.pk for job in jobs]).open().exists():
        if time.monotonic() > until:
            raise SystemExit("The workers did not get through.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            waiting += cursor.fetchone()[0] > 0
        looks += 1
        time.sleep(_LOOK_SECONDS)
    return looks, waiting


@contextmanager
def _workers(count: int, pinned: bool) -> Iterator[None]:
    """One Celery with ``count`` processes, on as many cores."""
    cores = sorted(os.sched_getaffinity(0))[:count]
    if pinned and len(cores) < count:
        raise SystemExit(f"{count} workers want {count} cores.")
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(count)]
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    celery = subprocess.Popen(
        [*command, *quiet], preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if pinned else None
    )
    try:
        yield
    finally:
        celery.terminate()
        celery.wait()
