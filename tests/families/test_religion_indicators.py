"""The figures of the venues, and the published figures that they must reproduce from records."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from ledgers.computing import figures
from ledgers.importing.batches import apply, confirm, open_batch, preview
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.periods import Period
from ledgers.registry import ledgers
from religion.models import Inspection, LiaisonVisit, Venue, VenueEvent
from tests.conftest import Units
from tests.core.test_views import hidden
from tests.families.test_religion_ledgers import hazard, inspection, venue, visit

pytestmark = pytest.mark.each_database

SignIn = Callable[[User], Client]


def value(unit: OrgUnit, code: str, period: str) -> object:
    return figures(unit, Period.parse(period), [f"religion.{code}"])[f"religion.{code}"].value


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_a_venue_counts_from_its_registration_until_it_closes(units: Units) -> None:
    venue(units.village, 1)
    venue(units.village, 2, opened_on=day("2025-07-01"))
    venue(units.villages[1], 3, closed_on=day("2025-06-30"))
    venue(units.neighbour_village, 4)
    assert [value(units.township, "venues", period) for period in ("2025Q1", "2025Q2", "2025Q3")] == [2, 1, 2]
    assert value(units.county, "venues", "2025Q2") == 2


def test_hazards_are_overdue_as_at_the_end_of_the_period(units: Units) -> None:
    found = inspection(venue(units.village), "2025-03-01")
    hazard(found, description="甲", due=day("2025-03-31"))
    hazard(found, description="乙", due=day("2025-03-31"), rectified_on=day("2025-04-01"))
    hazard(found, description="丙", due=day("2025-03-31"), rectified_on=day("2025-03-31"))
    hazard(found, description="丁", due=day("2025-04-01"))
    hazard(found, description="戊")
    assert value(units.township, "hazards_found", "2025Q1") == 5
    assert value(units.township, "hazards_rectified", "2025Q1") == 1
    assert value(units.township, "hazards_overdue", "2025Q1") == 2
    assert value(units.township, "hazards_overdue", "2025Q2") == 2
    assert value(units.township, "hazards_found", "2025Q2") == 0


def test_inspections_and_the_venues_inspected(units: Units) -> None:
    one, two = venue(units.village, 1), venue(units.villages[1], 2)
    for date in ("2025-01-01", "2025-03-31", "2025-04-01"):
        inspection(one, date)
    inspection(two, "2025-04-02")
    assert (value(units.township, "inspections", "2025Q1"), value(units.township, "inspections", "2025")) == (
        2,
        4,
    )
    assert value(units.township, "venues_inspected", "2025Q1") == 1
    assert value(units.township, "venues_inspected", "2025") == 2


def test_three_visits_within_the_period_make_a_venue_visited_often(units: Units) -> None:
    one, two, three = (venue(units.village, number) for number in (1, 2, 3))
    for date in ("2025-02-01", "2025-05-01", "2025-11-01"):
        visit(one, date)
    for date in ("2025-02-01", "2025-02-02", "2025-02-03", "2025-12-31"):
        visit(two, date)
    for date in ("2024-12-31", "2025-06-01", "2025-07-01"):
        visit(three, date)
    assert value(units.township, "venues_visited_3", "2025") == 2
    assert value(units.township, "venues_visited_3", "2025Q1") == 1
    assert value(units.township, "liaison_visits", "2025") == 9


def test_events_count_where_they_begin_and_people_once_they_have_been_counted(units: Units) -> None:
    place = venue(units.village)
    for starts_on, actual in (("2025-03-31", 300), ("2025-04-01", None), ("2025-04-05", 150)):
        VenueEvent.objects.create(
            unit=place.unit,
            venue=place,
            name=f"公共活动{starts_on}",
            starts_on=day(starts_on),
            ends_on=day("2025-04-06"),
            expected_attendance=500,
            actual_attendance=actual,
        )
    assert (
        value(units.township, "events", "2025Q2"),
        value(units.township, "event_attendance", "2025Q2"),
    ) == (2, 150)
    assert value(units.township, "event_attendance", "2025") == 450


def test_the_published_township_year_entered_through_the_forms(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    """A published township year: 5 venues (3 Buddhist, 1 Protestant, 1 Catholic), each visited 3 times."""
    client = signed_in(officer)

    def enter(slug: str, data: dict[str, str]) -> None:
        url = f"/ledgers/{slug}/new/"
        response = client.post(url, {**data, "nonce": hidden(client.get(url), "nonce")})
        assert response.status_code == 302, response.context["form"].errors

    for number, faith in enumerate(("buddhist", "buddhist", "buddhist", "protestant", "catholic"), start=1):
        enter(
            "venues",
            {
                "name": f"示例场所{number}",
                "certificate_number": f"示例证字{number}",
                "faith": faith,
                "kind": "temple",
                "unit": str(units.villages[number % 3].pk),
                "fire_equipment": "8",
            },
        )
        for month in (2, 6, 10):
            enter(
                "liaison-visits",
                {
                    "venue": f"示例场所{number}",
                    "visited_on": f"2025-{month:02d}-1{number}",
                    "official": "镇统战委员",
                    "raised": "希望增配灭火器",
                },
            )
    found = {
        code: value(units.township, code, "2025")
        for code in ("venues", "venues_buddhist", "venues_protestant", "venues_catholic", "venues_taoist")
    }
    assert found == {
        "venues": 5,
        "venues_buddhist": 3,
        "venues_protestant": 1,
        "venues_catholic": 1,
        "venues_taoist": 0,
    }
    assert value(units.township, "liaison_visits", "2025") == 15
    assert value(units.township, "venues_visited_3", "2025") == 5
    assert value(units.township, "fire_equipment", "2025") == 40
    assert LiaisonVisit.objects.filter(unit__in=units.villages).count() == 15


def import_csv(slug: str, text: str, user: User, unit: OrgUnit, folder: Path) -> ImportBatch:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8-sig")
    with path.open("rb") as file:
        batch = open_batch(ledger=ledgers.get(slug), file=file, file_name=path.name, unit=unit, user=user)
    preview(batch)
    batch.refresh_from_db()
    if confirm(batch=batch, user=user, skip_errors=True):
        apply(batch)
    batch.refresh_from_db()
    return batch


def test_the_published_46_folk_belief_sites_from_a_workbook(
    units: Units, officer: User, tmp_path: Path
) -> None:
    lines = ["民间信仰活动场所登记台账", "序号,场所名称,备案编号,教别,所在村,灭火器（具）"]
    lines += [
        f"{number},示例土地庙{number},示例备案{number:03d}号,民间信仰,{units.villages[number % 3]},４具"
        for number in range(1, 47)
    ]
    batch = import_csv("venues", "\n".join(lines), officer, units.township, tmp_path)
    assert (batch.state, batch.counts["created"], batch.counts["errors"]) == ("applied", 46, 0)
    assert value(units.township, "venues_folk", "2026") == 46
    assert value(units.township, "folk_sites", "2026") == 46  # the kind follows from 民间信仰
    assert value(units.township, "fire_equipment", "2026") == 184
    assert Venue.objects.exclude(certificate_number="").count() == 46


def test_hazards_come_back_from_their_own_export(
    signed_in: SignIn, units: Units, officer: User, tmp_path: Path
) -> None:
    found = inspection(venue(units.village), "2025-03-01")
    hazard(found, due=day("2025-03-31"))
    response = signed_in(officer).get("/ledgers/hazards/export/")
    path = tmp_path / "hazards.xlsx"
    path.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    copy = tmp_path / "copy.xlsx"
    shutil.copy(path, copy)
    with copy.open("rb") as file:
        batch = open_batch(
            ledger=ledgers.get("hazards"), file=file, file_name=copy.name, unit=units.township, user=officer
        )
    preview(batch)
    batch.refresh_from_db()
    assert batch.counts["unchanged"] == 1, batch.preview
    assert Inspection.objects.count() == 1


def test_an_import_without_a_certificate_number_is_an_error_at_its_cell(
    units: Units, officer: User, tmp_path: Path
) -> None:
    lines = (
        "场所名称,登记证号,教别,所在村",
        "示例寺,示例证字1,佛教,上河村",
        "无证号场所,,基督教,上河村",
        "又一处,无,佛教,上河村",
    )
    batch = import_csv("venues", "\n".join(lines), officer, units.township, tmp_path)
    assert [(error["cell"], error["column"]) for error in batch.preview["errors"]] == [
        ("B3", "登记证号"),
        ("B4", "登记证号"),
    ]
    assert list(Venue.objects.values_list("name", flat=True)) == ["示例寺"]
