"""The pages of an import as tests go through them: handing over, looking, acting."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledgers import jobs
from ledgers.models import ImportBatch, Job
from tests.conftest import Units

UPLOAD = "/ledgers/enterprises/import/"


def hand_over(client: Client, content: bytes, units: Units, name: str = "台账.xlsx", **data: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(UPLOAD, {"file": file, "unit": units.township.pk, **data})


def run_jobs() -> None:
    for job in Job.objects.open().order_by("created_at"):
        jobs.execute(str(job.pk))


def checked(client: Client, content: bytes, units: Units) -> ImportBatch:
    """The batch of a file that has been handed over and checked."""
    response = hand_over(client, content, units)
    assert response.status_code == 302
    run_jobs()
    return ImportBatch.objects.order_by("-pk")[0]


def page(client: Client, batch: ImportBatch, show: str = "", **query: Any) -> str:
    """The batch's page, with the list called ``show``; white space made single."""
    response = client.get(batch.get_absolute_url(), {"show": show, **query})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def act(client: Client, batch: ImportBatch, what: str, **data: Any) -> Any:
    response = client.post(reverse(f"imports:{what}", args=[batch.pk]), data)
    run_jobs()
    batch.refresh_from_db()
    return response
