"""Figures for Prometheus: of this web server's requests, and of the work that the database knows about.

Requests are counted by each process; under gunicorn the processes share a folder (``deploy/gunicorn.conf.py``), and
any of them answers for all. Jobs and imports are counted where they are kept, in the database, so that it does not
matter which worker on which machine did them. Labels are names of views, job kinds and ledgers: a few hundred at most,
and none of them says anything about a unit or a person.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any, Final

from django.db import models
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ledgers.backups import keeping
from ledgers.models import ImportBatch, Job
from ledgers.operations import pulse
from ledgers.registry import ledgers

_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_REQUEST_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_JOB_SECONDS: Final = (1, 5, 15, 60, 300, 900)

_own = CollectorRegistry()
_requests = Counter("ledgers_requests", "Requests answered", ["view", "method", "status"], registry=_own)
_seconds = Histogram(
    "ledgers_request_seconds", "Time to answer", ["view"], buckets=_REQUEST_SECONDS, registry=_own
)
_database_seconds = Counter(
    "ledgers_database_seconds", "Time requests waited for the database", ["view"], registry=_own
)
_queries = Counter("ledgers_database_queries", "Queries of requests", ["view"], registry=_own)


def count_request(
    *, route: str, method: str, status: int, seconds: float, database_seconds: float, queries: int
) -> None:
    """``route`` is a view's name. Addresses that lead nowhere all count as one, or a scanner would fill the memory."""
    _requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
    _seconds.labels(route).observe(seconds)
    _database_seconds.labels(route).inc(database_seconds)
    _queries.labels(route).inc(queries)


class WorkCollector(Collector):
    """Asks the database at each scrape: four queries."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._jobs()
        yield from self._imports()
        yield from self._signs_of_life()

    def _jobs(self) -> Iterator[Metric]:
        number = GaugeMetricFamily("ledgers_jobs", "Background jobs", labels=["kind", "state"])
        for kind, state, count in Job.objects.order_by().values_list("kind", "state").annotate(Count("pk")):
            number.add_metric([kind, state], count)
        yield number
        waiting = Job.objects.filter(state=Job.State.QUEUED).aggregate(
            count=Count("pk"), oldest=Min("created_at")
        )
        yield GaugeMetricFamily("ledgers_queue_length", "Jobs that wait", value=waiting["count"])
        age = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
        yield GaugeMetricFamily(
            "ledgers_queue_oldest_seconds", "Age of the job that waits longest", value=age
        )
        yield self._durations()

    @staticmethod
    def _durations() -> Metric:
        took = F("finished_at") - F("started_at")
        within = {
            f"within_{limit}": Count("pk", filter=Q(took__lte=dt.timedelta(seconds=limit)))
            for limit in _JOB_SECONDS
        }
        found: Any = (
            Job.objects.filter(finished_at__isnull=False, started_at__isnull=False)
            .annotate(took=models.ExpressionWrapper(took, models.DurationField()))
            .order_by()
            .values("kind")
            .annotate(count=Count("pk"), total=Sum("took"), **within)
        )
        durations = HistogramMetricFamily("ledgers_job_seconds", "Time jobs ran", labels=["kind"])
        for row in found:
            buckets = [(str(float(limit)), row[f"within_{limit}"]) for limit in _JOB_SECONDS]
            durations.add_metric(
                [row["kind"]], [*buckets, ("+Inf", row["count"])], row["total"].total_seconds()
            )
        return durations

    @staticmethod
    def _imports() -> Iterator[Metric]:
        rows = GaugeMetricFamily("ledgers_import_rows", "Rows imported", labels=["ledger", "outcome"])
        known = {ledger.slug for ledger in ledgers}
        outcomes = ("created", "updated", "unchanged", "wrong")
        sums = {
            outcome: Sum(Cast(KT(f"counts__{outcome}"), models.BigIntegerField())) for outcome in outcomes
        }
        applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by()
        found: Any = applied.values("ledger_slug").annotate(**sums)
        for row in found:
            if row["ledger_slug"] in known:
                for outcome in outcomes:
                    rows.add_metric([row["ledger_slug"], outcome], row[outcome] or 0)
        yield rows

    @staticmethod
    def _signs_of_life() -> Iterator[Metric]:
        now = timezone.now()
        last = pulse.last()
        age = (now - last).total_seconds() if last else float("nan")
        yield GaugeMetricFamily(
            "ledgers_worker_silent_seconds", "Since a worker last did what beat sent", value=age
        )
        backup = keeping.state().last
        age = (now - backup.at).total_seconds() if backup else float("nan")
        yield GaugeMetricFamily("ledgers_backup_age_seconds", "Age of the last whole backup", value=age)


def exposition() -> bytes:
    """Everything, in Prometheus's text format."""
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    work: Any = CollectorRegistry()
    work.register(WorkCollector())
    if shared:
        requests = CollectorRegistry()
        MultiProcessCollector(requests, path=shared)
    else:
        requests = _own
    return generate_latest(requests) + generate_latest(work)
