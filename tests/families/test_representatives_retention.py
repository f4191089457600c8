"""After the last post has ended, nothing in the database names the person any more; the figures stay."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from config.celery import app
from ledgers import services
from ledgers.computing import figures
from ledgers.models import ImportBatch, User
from ledgers.periods import Period
from ledgers.trail.protection import rewriting
from representatives.models import Appointment, Proposal, Representative, Training
from representatives.retention import anonymise_former, anonymised_from, due, last_day_kept
from representatives.services import update_representative
from representatives.tasks import anonymise_former_representatives
from tests.conftest import Units
from tests.families.test_religion_indicators import import_csv
from tests.families.test_representatives_services import appointment, day, representative

pytestmark = pytest.mark.each_database

TODAY = day("2026-11-21")
CODES = (
    "total",
    "party_cdl",
    "consultative",
    "business",
    "proposals",
    "proposals_adopted",
    "training_attendance",
)


def everything() -> str:
    """Every text of every table, those within JSON included."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            found += [str(row) for row in cursor.fetchall()]
    # JSON is kept with its Chinese as \\u66cc.
    return re.sub(r"\\+u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), "\n".join(found))


def values(units: Units) -> dict[tuple[str, str], Any]:
    return {
        (code, period): figures(units.township, Period.parse(period), [f"representatives.{code}"])[
            f"representatives.{code}"
        ].value
        for code in CODES
        for period in ("2023", "2024", "2025", "2025Q3", "2026Q3")
    }


def former(units: Units, officer: User, **fields: Any) -> Representative:
    """A person with a past: two posts, a change, a training, a proposal; the last post ended 21 November 2025."""
    person = representative(
        units.village,
        appointment("区政协委员", started_on=day("2020-01-01"), ended_on=day("2025-11-21")),
        appointment("曌村商会会长", started_on=day("2021-01-01")),
        user=officer,
        **{
            "name": "曌珺样一",
            "birth_year": 1971,
            "employer": "曌珺示例公司",
            "title": "曌珺总经理",
            "office_phone": "0600-87654321",
            "education": "曌珺研究生",
            "gender": "female",
            **fields,
        },
    )
    chamber = person.appointments.get(body="chamber")
    chamber.ended_on = day("2025-06-30")
    update_representative(
        instance=person,
        appointments=[person.appointments.get(body="consultative"), chamber],
        user=officer,
        expected_version=1,
    )
    Training.objects.create(
        unit=person.unit, representative=person, attended_on=day("2025-03-01"), title="履职培训班"
    )
    proposal = Proposal.objects.create(
        unit=person.unit,
        representative=person,
        submitted_on=day("2025-03-01"),
        title="曌珺关于道路的提案",
        adopted=True,
    )
    proposal.title = "曌珺关于道路照明的提案"
    proposal.save()
    return person


def test_nothing_names_a_former_representative_and_the_figures_stay(units: Units, officer: User) -> None:
    person = former(units, officer)
    representative(units.village, appointment("镇商会会长"), name="代表乙")
    before = values(units)
    for text in ("曌", "87654321", "1971"):
        assert text in everything()

    assert anonymise_former(TODAY) == 1
    after = everything()
    for text in ("曌", "87654321", "1971"):
        assert text not in after
    assert "代表乙" in after
    assert values(units) == before

    person.refresh_from_db()
    assert (person.name, person.gender, person.birth_year) == ("已匿名", "", None)
    assert (person.anonymised_on, person.posts) == (TODAY, "原政协职务、原商会职务")
    person.full_clean(exclude=["birth_year"])
    newest = Representative.history.filter(id=person.pk).latest("history_id")
    assert (newest.history_change_reason, newest.history_user) == ("保存期满匿名化", None)
    assert (newest.name, newest.row_version) == ("已匿名", person.row_version)
    assert Representative.history.filter(id=person.pk).count() == 3
    assert anonymise_former(TODAY) == 0


def test_a_form_left_open_does_not_bring_the_name_back(units: Units, officer: User) -> None:
    from representatives.services import Anonymised

    person = former(units, officer)
    stale = Representative.objects.get(pk=person.pk)
    posts = list(stale.appointments.all())
    proposal = Proposal.objects.get()
    anonymise_former(TODAY)
    with pytest.raises(services.EditConflict):
        services.update_record(instance=proposal, user=officer, expected_version=proposal.row_version)
    with pytest.raises(Exception) as refused:  # noqa: PT011 - either answer will do
        update_representative(
            instance=stale, appointments=posts, user=officer, expected_version=stale.row_version
        )
    assert isinstance(refused.value, Anonymised) or "修改过" in str(refused.value)
    assert "曌" not in everything()


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ([{"ended_on": "2025-11-21"}], True),
        ([{"ended_on": "2025-11-22"}], False),
        ([{"ended_on": "2020-01-01"}, {}], False),
        ([{"ended_on": "2020-01-01"}, {"ended_on": "2026-01-01"}], False),
        # A term that nobody has prolonged ended with its last day.
        ([{"term_ends_on": "2025-11-21"}], True),
        ([{"term_ends_on": "2025-11-22"}], False),
        ([{"term_ends_on": "2020-01-01", "ended_on": "2026-01-01"}], False),
        ([{}], False),
    ],
)
def test_who_is_due_on_a_day(posts: list[dict[str, str]], expected: bool, units: Units) -> None:
    appointments = [
        appointment(f"区政协委员{number}", **{name: day(text) for name, text in fields.items()})
        for number, fields in enumerate(posts)
    ]
    person = representative(units.village, *appointments)
    assert due(TODAY).exists() == expected
    announced = anonymised_from(person)
    assert (announced is not None and announced <= TODAY) == expected
    assert anonymise_former(TODAY) == expected
    if expected:
        assert not Appointment.objects.filter(ended_on=None).exists()


@pytest.mark.parametrize(
    ("months", "today", "kept"),
    [
        (12, "2026-11-21", "2025-11-21"),
        (12, "2024-02-29", "2023-02-28"),
        (1, "2026-03-31", "2026-02-28"),
        (0, "2026-03-31", "2026-03-31"),
        (25, "2026-01-15", "2023-12-15"),
    ],
)
def test_the_months_of_the_setting(months: int, today: str, kept: str, settings: Any) -> None:
    settings.REPRESENTATIVE_RETENTION_MONTHS = months
    assert last_day_kept(day(today)) == day(kept)


def test_deleted_persons_are_forgotten_too(units: Units, officer: User) -> None:
    person = former(units, officer)
    Training.objects.all().delete()
    Proposal.objects.all().delete()
    person.delete()
    assert "曌" in everything()
    assert anonymise_former() == 0  # it can still be restored
    with rewriting("deleted long ago"):
        Representative.history.filter(history_type="-").update(
            history_date=dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
        )
    assert anonymise_former(TODAY) == 1
    assert "曌" not in everything()
    assert anonymise_former(TODAY) == 0


def test_an_imported_name_is_forgotten_with_its_batch(units: Units, officer: User, tmp_path: Path) -> None:
    lines = [
        "姓名,出生年月,党派,担任职务",
        "曌珺样二,1971.6,民盟,区政协委员",
        "曌珺样三,曌珺样三,民盟,区政协委员",
    ]
    import_csv("representatives", "\n".join(lines), officer, units.township, tmp_path)
    person = Representative.objects.get()
    assert "曌珺样三" in everything()  # the wrong cell, for whoever handed the file over
    Appointment.objects.filter(representative=person).update(ended_on=day("2025-01-01"))
    ImportBatch.objects.update(settled_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    assert anonymise_former(TODAY) == 1
    assert "曌" not in everything()


def test_the_beat_runs_it_every_day(units: Units, officer: User) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["anonymise-former-representatives"]
    app.loader.import_default_modules()
    assert entry["task"] == anonymise_former_representatives.name
    assert entry["task"] in app.tasks
    assert entry["schedule"] == dt.timedelta(days=1)
    person = representative(units.village, appointment(ended_on=day("2020-01-01")))
    anonymise_former_representatives()
    person.refresh_from_db()
    assert person.name == "已匿名"
