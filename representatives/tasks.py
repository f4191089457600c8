"""Celery tasks: thin. The work is in ``representatives.retention``."""

from __future__ import annotations

from celery import shared_task

from representatives.retention import anonymise_former


@shared_task(name="representatives.anonymise_former")
def anonymise_former_representatives() -> None:
    anonymise_former()
