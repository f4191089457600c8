"""Celery tasks: thin. The work is in ``reporting.services.batch`` and ``reporting.drift``."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reporting.drift import check_oldest
from reporting.services.batch import draft_due


@shared_task(name="reporting.draft_due")
def draft_due_reports() -> None:
    draft_due(timezone.localdate())


@shared_task(name="reporting.check_drift")
def check_drift() -> None:
    check_oldest()
