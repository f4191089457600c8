"""For whom this thread works: the request, the job, the account's number and the unit's code, for its log lines."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.http import HttpRequest

from ledgers.middleware import current_request_id

if TYPE_CHECKING:
    from ledgers.models import Job

_request: contextvars.ContextVar[HttpRequest | None] = contextvars.ContextVar("request", default=None)
_job: contextvars.ContextVar[Job | None] = contextvars.ContextVar("job", default=None)


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def working_on(job: Job) -> Iterator[None]:
    """Log lines of a job carry the id of the request that asked for it. Its history rows carry their batch instead."""
    token = _job.set(job)
    try:
        yield
    finally:
        _job.reset(token)


def trace() -> dict[str, str | int]:
    """``request``, ``job``, ``user`` and ``unit``, as far as they are known; never asks the database."""
    job, request = _job.get(), _request.get()
    asked = current_request_id() or (job.request_id if job is not None else "")
    found: dict[str, str | int] = {"request": asked or "-"}
    if job is not None:
        found |= {"job": str(job.pk), "kind": job.kind}
        user = job.user
    else:
        # What AuthenticationMiddleware has looked up, if anybody has asked it.
        user = getattr(request, "_cached_user", None)
    if user is not None and user.pk is not None:
        found["user"] = user.pk
        unit = getattr(user, "unit", None)
        if unit is not None:
            found["unit"] = unit.code
    return found
