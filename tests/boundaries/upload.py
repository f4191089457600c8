"""Handing a name list in on the upload page, and watching which files are written meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ledgers import jobs
from ledgers.models import ImportBatch, Job
from tests.boundaries.lists import NAMES
from tests.conftest import Units

UPLOAD = "/ledgers/population-returns/import/"


def hand_over(
    client: Client, content: bytes, units: Units, slug: str = "population-returns", **data: Any
) -> Any:
    # The file's own name may be somebody's, too.
    file = SimpleUploadedFile(f"{NAMES[0]}.xlsx", content)
    values = {"file": file, "unit": units.township.pk, "period": "2025Q3", **data}
    return client.post(f"/ledgers/{slug}/import/", values)


def counted(client: Client, content: bytes, units: Units, slug: str = "population-returns") -> ImportBatch:
    response = hand_over(client, content, units, slug)
    assert response.status_code == 302, response.content.decode()
    batch = ImportBatch.objects.order_by("-pk")[0]
    assert response["Location"] == batch.get_absolute_url()
    return batch


def confirm(client: Client, batch: ImportBatch, **data: str) -> Any:
    response = client.post(reverse("imports:confirm", args=[batch.pk]), data, follow=True)
    for job in Job.objects.open():
        jobs.execute(str(job.pk))
    batch.refresh_from_db()
    return response


def page(client: Client, batch: ImportBatch, show: str = "") -> str:
    response = client.get(batch.get_absolute_url(), {"show": show})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


_opened: list[str] | None = None


def _note_writing(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is None or event != "open" or not isinstance(arguments[0], str):
        return
    if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and arguments[0] != os.devnull:
        _opened.append(arguments[0])


sys.addaudithook(_note_writing)


@contextmanager
def files_written() -> Iterator[list[str]]:
    """The paths of all files that this process opens for writing."""
    global _opened
    found: list[str] = []
    _opened = found
    try:
        yield found
    finally:
        _opened = None
