"""Celery tasks: thin, ids only. The work is in ``ledgers.jobs`` and the services."""

from __future__ import annotations

from celery import shared_task

from ledgers import jobs
from ledgers.exporting import remove_old_exports
from ledgers.importing.settling import remove_strays, settle_abandoned


@shared_task(name="ledgers.run_job")
def run_job(job_id: str) -> None:
    jobs.execute(job_id)


@shared_task(name="ledgers.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep()


@shared_task(name="ledgers.settle_files")
def settle_files() -> None:
    """Once a day: no upload and no export is kept longer than it is needed."""
    settle_abandoned()
    remove_strays()
    remove_old_exports()
