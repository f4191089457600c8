"""Importing representatives: several posts in one cell become appointments, and an undo takes them back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.utils import timezone

from ledgers.importing.cells import Reading
from ledgers.importing.problems import CellProblem
from ledgers.importing.undo import undo_batch
from ledgers.models import User
from representatives.models import Appointment, Representative
from representatives.services import update_representative
from representatives.sheets import BirthYearCell, PostsCell
from tests.conftest import Units
from tests.families.test_religion_indicators import import_csv
from tests.families.test_representatives_services import appointment, day, representative

HEADER = "姓名,性别,出生年月,学历,工作单位,职务,党派,担任职务,联系电话"
FIRST = "代表甲,女,1980.6,研究生,东山镇中心小学,校长,民盟,区政协委员、镇知联会会长,0574-81111111"
SECOND = "代表乙,男,1975年10月,大学本科,东山某公司,董事长,无党派,区人大代表;镇商会副会长,0574-81111112"
WITHOUT = "代表丙,男,1990-01,大专,东山镇农技站,农艺师,无党派,,0574-81111113"


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("1980.6", 1980),
        (1980.6, 1980),
        (1980.1, 1980),  # October or January: the year is the same
        ("1975年10月", 1975),
        ("1990-01", 1990),
        ("19900102", 1990),
        (1990, 1990),
        (29405.0, 1980),
        (dt.datetime(1980, 7, 1, tzinfo=dt.UTC), 1980),
        ("１９８０年", 1980),
    ],
)
def test_of_a_birth_date_only_the_year_is_kept(cell: object, year: int) -> None:
    assert BirthYearCell().read(cell, Reading()) == year


@pytest.mark.parametrize("cell", ["80年", "去年", "330281199001011234", True])
def test_what_is_no_year_is_refused(cell: object) -> None:
    with pytest.raises(CellProblem):
        BirthYearCell().read(cell, Reading())


def test_a_cell_of_separators_has_no_post() -> None:
    assert PostsCell().read("、；", Reading()) is None
    with pytest.raises(CellProblem):
        PostsCell().read("区" * 70, Reading())


def posts_of(person: Representative) -> list[tuple[str, str, bool]]:
    rows = person.appointments.values_list("post", "body", "ended_on")
    return sorted((post, body, ended_on is not None) for post, body, ended_on in rows)


def test_posts_in_one_cell_become_appointments(units: Units, officer: User, tmp_path: Path) -> None:
    batch = import_csv(
        "representatives", f"{HEADER}\n{FIRST}\n{SECOND}\n{WITHOUT}", officer, units.township, tmp_path
    )
    assert batch.counts["created"] == 2
    assert [(error["cell"], error["column"]) for error in batch.preview["errors"]] == [("H4", "担任职务")]
    one, two = Representative.objects.order_by("name").reverse()
    if one.name != "代表甲":
        one, two = two, one
    assert (one.birth_year, one.party, one.unit) == (1980, "cdl", units.township)
    assert posts_of(one) == [
        ("区政协委员", "consultative", False),
        ("镇知联会会长", "intellectuals", False),
    ]
    assert two.posts == "区人大代表、镇商会副会长"
    assert set(Appointment.history.values_list("batch", "history_type", "history_user")) == {
        (batch.pk, "+", officer.pk)
    }

    again = import_csv("representatives", f"{HEADER}\n{FIRST}\n{SECOND}", officer, units.township, tmp_path)
    assert (again.counts["unchanged"], Appointment.objects.count()) == (2, 4)

    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert (undone.removed, undone.kept) == (2, [])
    assert not Representative.objects.exists()
    assert not Appointment.objects.exists()
    assert Appointment.history.filter(history_type="-").count() == 4


def test_a_person_known_by_no_public_post_is_refused_at_the_cell(
    units: Units, officer: User, tmp_path: Path
) -> None:
    lines = [
        HEADER,
        FIRST.replace("区政协委员、镇知联会会长", "村民"),
        SECOND.replace("区人大代表", "原区人大代表"),
    ]
    lines.append(SECOND.replace("代表乙", "代表丁").replace("区人大代表;镇商会副会长", "原区人大代表"))
    batch = import_csv("representatives", "\n".join(lines), officer, units.township, tmp_path)
    found = {error["cell"]: error["problem"] for error in batch.preview["errors"]}
    assert set(found) == {"H2", "H4"}
    assert "看不出是哪个组织的公职" in found["H2"]
    assert "只有已卸任的职务" in found["H4"]
    assert Representative.objects.get().posts == "镇商会副会长"


def test_a_changed_cell_ends_and_adds_posts_and_the_undo_brings_them_back(
    units: Units, officer: User, tmp_path: Path
) -> None:
    person = representative(
        units.township,
        appointment("区政协委员", started_on=day("2022-01-01"), term_ends_on=day("2027-01-01")),
        appointment("镇知联会会长"),
    )
    line = FIRST.replace("区政协委员、镇知联会会长", "镇知联会会长、区人大代表")
    batch = import_csv("representatives", f"{HEADER}\n{line}", officer, units.township, tmp_path)
    assert batch.counts["updated"] == 1
    person.refresh_from_db()
    assert person.posts == "区人大代表、镇知联会会长"
    assert posts_of(person) == [
        ("区人大代表", "congress", False),
        ("区政协委员", "consultative", True),
        ("镇知联会会长", "intellectuals", False),
    ]
    ended = person.appointments.get(body="consultative")
    assert (ended.ended_on, ended.term_ends_on) == (timezone.localdate(), day("2027-01-01"))

    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert (undone.restored, undone.kept) == (1, [])
    person.refresh_from_db()
    assert person.posts == "区政协委员、镇知联会会长"
    assert posts_of(person) == [
        ("区政协委员", "consultative", False),
        ("镇知联会会长", "intellectuals", False),
    ]
    assert undo_batch(batch=batch, user=officer) is None
    for kept in person.appointments.all():
        newest = Appointment.history.filter(id=kept.pk).latest("history_id")
        assert (newest.post, newest.ended_on) == (kept.post, kept.ended_on)


def test_posts_edited_since_are_kept_by_the_undo(units: Units, officer: User, tmp_path: Path) -> None:
    batch = import_csv("representatives", f"{HEADER}\n{FIRST}", officer, units.township, tmp_path)
    person = Representative.objects.get()
    update_representative(
        instance=person,
        appointments=[*person.appointments.all(), appointment("镇侨联委员")],
        user=officer,
        expected_version=1,
    )
    undone = undo_batch(batch=batch, user=officer)
    assert undone is not None
    assert [kept.why for kept in undone.kept] == ["导入之后又有修改"]
    assert person.appointments.count() == 3


def test_what_the_page_exports_imports_back_unchanged(units: Units, officer: User, tmp_path: Path) -> None:
    representative(units.township, appointment("乡贤联络员", body="other"), appointment("区政协委员"))
    representative(
        units.village, appointment("镇商会会长", ended_on=day("2026-01-01")), name="代表乙", party="none"
    )
    lines = [
        "姓名,出生年份,党派,担任职务,所属乡镇（村）",
        *(
            f"{person.name},{person.birth_year},{person.get_party_display()},{person.posts},{person.unit}"
            for person in Representative.objects.select_related("unit")
        ),
    ]
    batch = import_csv("representatives", "\n".join(lines), officer, units.township, tmp_path)
    assert (batch.counts["unchanged"], batch.counts["errors"]) == (2, 0)
