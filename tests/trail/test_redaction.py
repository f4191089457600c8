"""Making a person anonymous is told as what it is, and hides nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from ledgers.models import HistorySeal, User
from ledgers.trail.protection import rewriting
from ledgers.trail.redaction import redacting
from ledgers.trail.sealing import seal_new
from ledgers.trail.verifying import verify
from representatives.models import Representative
from representatives.retention import REASON, anonymise_former
from tests.conftest import Units
from tests.families.test_representatives_retention import TODAY, former

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

PEOPLE: Any = Representative.history


def test_rows_made_anonymous_are_told_with_the_day_and_not_as_altered(
    units: Units, officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    former(units, officer)
    seal_new()
    assert anonymise_former(TODAY) == 1
    # Verified before what the anonymising itself has written is sealed, and after.
    for _ in range(2):
        found = verify()
        assert found.problems == []
        redacted = HistorySeal.objects.filter(kind=HistorySeal.Kind.REDACTION)
        rows = sum(redacted.values_list("count", flat=True))
        day = f"{timezone.localdate():%Y-%m-%d}"
        assert found.redactions == [(day, REASON, rows)]
        assert f"{rows}行于{day}{REASON}" in found.text
        seal_new()
    assert REASON in caplog.text


def test_an_alteration_before_or_after_is_still_found(units: Units, officer: User) -> None:
    person = former(units, officer)
    seal_new()
    row = PEOPLE.filter(id=person.pk).earliest("history_id")
    with rewriting("tests"):
        PEOPLE.filter(history_id=row.history_id).update(anonymised_on=dt.date(2020, 1, 1))
    assert anonymise_former(TODAY) == 1
    found = verify()
    assert (found.found, found.problems[0].what, found.problems[0].history_id) == (
        1,
        "altered",
        row.history_id,
    )


def test_what_was_made_anonymous_cannot_be_altered_afterwards(units: Units, officer: User) -> None:
    person = former(units, officer)
    seal_new()
    anonymise_former(TODAY)
    row = PEOPLE.filter(id=person.pk).earliest("history_id")
    with rewriting("tests"):
        PEOPLE.filter(history_id=row.history_id).update(name="某人")
    assert [(problem.what, problem.history_id) for problem in verify().problems] == [
        ("altered", row.history_id)
    ]


def test_rows_that_keep_their_content_need_no_entry(units: Units, officer: User) -> None:
    person = former(units, officer)
    seal_new()
    with redacting("没有变化") as redaction:
        assert redaction.rewrite(PEOPLE.filter(id=person.pk), name=person.name)
    assert not HistorySeal.objects.filter(kind=HistorySeal.Kind.REDACTION).exists()
    with redacting("两次") as redaction:
        redaction.rewrite(PEOPLE.filter(id=person.pk), name="甲")
        redaction.rewrite(PEOPLE.filter(id=person.pk), name="乙")
    with redacting("再一次") as redaction:
        redaction.rewrite(PEOPLE.filter(id=person.pk), name="丙")
    assert verify().problems == []
