"""Celery tasks: thin, ids only. The work is in ``ledgers.jobs`` and the services."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Final

from celery import shared_task

from ledgers import jobs
from ledgers.backups.keeping import back_up_when_due
from ledgers.backups.manifest import BackupRefused
from ledgers.exporting import remove_old_exports
from ledgers.importing.settling import remove_strays, settle_abandoned
from ledgers.operations import pulse
from ledgers.sessions import SessionStore
from ledgers.trail.removal import remove_old_actions
from ledgers.trail.sealing import head, seal_new

logger = logging.getLogger(__name__)

#: A worker that seals for longer keeps other work waiting.
SEALING_SECONDS: Final = 20.0


@shared_task(name="ledgers.run_job")
def run_job(job_id: str) -> None:
    jobs.execute(job_id)
    # Its history, if it wrote any, need not wait for the next minute.
    with suppress(Exception):  # every transport has errors of its own
        seal_history.apply_async(expires=60, retry=False)


@shared_task(name="ledgers.sweep_jobs")
def sweep_jobs() -> None:
    pulse.beat()
    jobs.sweep()


# Not sent again when it takes long: the next one is due in minutes anyway, and a large office's backup takes hours.
@shared_task(name="ledgers.back_up", acks_late=False, time_limit=6 * 3600)
def back_up() -> None:
    try:
        back_up_when_due()
    except BackupRefused as refusal:
        logger.error("scheduled backup failed: %s", refusal)


@shared_task(name="ledgers.settle_files")
def settle_files() -> None:
    """Once a day: no upload and no export is kept longer than it is needed."""
    settle_abandoned()
    remove_strays()
    remove_old_exports()


@shared_task(name="ledgers.seal_history")
def seal_history() -> None:
    """Every minute and after each job; what one run leaves, the next one takes."""
    seal_new(seconds=SEALING_SECONDS)


@shared_task(name="ledgers.keep_the_log")
def keep_the_log() -> None:
    """Once a day: forget actions of long ago, and write down where the chain ends, outside of the database."""
    remove_old_actions()
    logger.info("history chain ends with %s", head())


@shared_task(name="ledgers.forget_sessions")
def forget_sessions() -> None:
    """Once a day: sessions that have run out say nothing any more."""
    SessionStore.clear_expired()
