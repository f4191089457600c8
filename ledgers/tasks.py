"""Celery tasks: thin, ids only. The work is in ``ledgers.jobs`` and the services."""

from __future__ import annotations

from celery import shared_task

from ledgers import jobs


@shared_task(name="ledgers.run_job")
def run_job(job_id: str) -> None:
    jobs.execute(job_id)


@shared_task(name="ledgers.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep()
