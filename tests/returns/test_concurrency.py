"""Two people take a step with the same return in the same moment: one of them takes it, the other is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from ledgers.models import User
from ledgers.returns import services
from ledgers.returns.models import Return
from tests.conftest import Units
from tests.importing.test_concurrency import Beside
from tests.returns.factories import ACCEPTED, DRAFT, SUBMITTED, population

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="is about PostgreSQL's locks"),
]

Step = Callable[[Return, User], Return]
DAY = dt.date(2025, 10, 9)


def submit(record: Return, user: User) -> Return:
    return services.submit(record=record, user=user, version=record.row_version, today=DAY)


def accept(record: Return, user: User) -> Return:
    return services.accept(record=record, user=user, version=record.row_version, today=DAY)


def send_back(record: Return, user: User) -> Return:
    return services.send_back(record=record, user=user, version=record.row_version, reason="请核对")


def reopen(record: Return, user: User) -> Return:
    return services.reopen(record=record, user=user, version=record.row_version, reason="发现漏报")


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (DRAFT, (submit, submit)),
        (SUBMITTED, (accept, send_back)),
        (ACCEPTED, (reopen, reopen)),
        # A page from before it was accepted sends it once more, while somebody opens it again.
        (ACCEPTED, (submit, reopen)),
    ],
)
def test_of_two_steps_at_once_one_is_taken_and_the_other_is_told(
    state: str, steps: tuple[Step, Step], units: Units, officer: User, clerk: User
) -> None:
    record = population(units.village, "2025Q3", 10, 20, state=state)
    model: Any = type(record)
    before = model.history.count()
    with transaction.atomic():
        # Both have read the page; both wait for the row.
        model.objects.select_for_update().get(pk=record.pk)
        running = [
            Beside(lambda step=step, user=user: step(model.objects.get(pk=record.pk), user))  # type: ignore[misc]
            for step, user in zip(steps, (clerk, officer), strict=True)
        ]
    results = [one.result() for one in running]
    assert sorted(isinstance(result, services.StepRefused) for result in results) == [False, True]
    (taken,) = (result for result in results if isinstance(result, model))
    record.refresh_from_db()
    assert (record.state, record.row_version) == (taken.state, 2)
    assert model.history.count() == before + 1
