"""Venues and what is recorded about them: registered sites only, safety and service only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from ledgers.models import OrgUnit, User
from religion import forms
from religion.models import Hazard, Inspection, LiaisonVisit, Venue, VenueEvent
from tests.conftest import Units
from tests.core.test_views import hidden

SignIn = Callable[[User], Client]
TOMORROW = timezone.localdate() + dt.timedelta(days=1)


def venue(unit: OrgUnit, number: int = 1, **fields: Any) -> Venue:
    values = {
        "name": f"示例寺{number}",
        "certificate_number": f"示例证字{unit.code}-{number:03d}",
        "faith": "buddhist",
        "kind": "temple",
        **fields,
    }
    return Venue.objects.create(unit=unit, **values)


def inspection(place: Venue, day: str, **fields: Any) -> Inspection:
    values = {"inspected_on": dt.date.fromisoformat(day), "inspectors": "镇统战办", **fields}
    return Inspection.objects.create(venue=place, unit=place.unit, **values)


def hazard(found: Inspection, **fields: Any) -> Hazard:
    values = {"description": "灭火器过期", "found_on": found.inspected_on, **fields}
    return Hazard.objects.create(inspection=found, unit=found.unit, **values)


def visit(place: Venue, day: str, **fields: Any) -> LiaisonVisit:
    values = {"visited_on": dt.date.fromisoformat(day), "official": "镇统战委员", **fields}
    return LiaisonVisit.objects.create(venue=place, unit=place.unit, **values)


def errors(form_class: Any, user: User, data: dict[str, Any]) -> dict[str, list[str]]:
    return dict(form_class(data, user=user).errors)


VENUE = {"name": "示例寺", "faith": "buddhist", "kind": "temple", "fire_equipment": "4"}

REFUSED: dict[str, Callable[[Units], object]] = {
    "venue without a certificate": lambda u: venue(u.village, certificate_number=""),
    "negative floor area": lambda u: venue(u.village, floor_area=Decimal(-1)),
    "negative capacity": lambda u: venue(u.village, rated_capacity=-1),
    "closed before opened": lambda u: venue(
        u.village, opened_on=dt.date(2025, 3, 2), closed_on=dt.date(2025, 3, 1)
    ),
    "same certificate twice": lambda u: [
        venue(unit, certificate_number="示例证字1") for unit in (u.village, u.neighbour_village)
    ],
    "hazard due before found": lambda u: hazard(
        inspection(venue(u.village), "2025-03-02"), due=dt.date(2025, 3, 1)
    ),
    "hazard rectified before found": lambda u: hazard(
        inspection(venue(u.village), "2025-03-02"), rectified_on=dt.date(2025, 3, 1)
    ),
    "event ends before it starts": lambda u: VenueEvent.objects.create(
        unit=u.village,
        venue=venue(u.village),
        name="公共活动",
        starts_on=dt.date(2025, 3, 2),
        ends_on=dt.date(2025, 3, 1),
    ),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED.keys())
def test_the_database_refuses(attempt: Callable[[Units], object], units: Units) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        attempt(units)


@pytest.mark.parametrize("number", ["", "   ", "\u3000"])
def test_a_venue_without_a_certificate_number_is_not_saved(
    number: str, signed_in: SignIn, officer: User, units: Units
) -> None:
    client = signed_in(officer)
    data = {**VENUE, "unit": units.village.pk, "certificate_number": number}
    data["nonce"] = hidden(client.get("/ledgers/venues/new/"), "nonce")
    response = client.post("/ledgers/venues/new/", data)
    assert response.status_code == 422
    assert "没有登记或备案的场所不录入" in response.content.decode()
    assert not Venue.objects.exists()


def test_a_certificate_number_has_one_spelling(officer: User, units: Units) -> None:
    venue(units.village, certificate_number="宗场证字(浙)F330281000")
    data = {**VENUE, "unit": units.village.pk, "certificate_number": " 宗场证字（浙）Ｆ330281000 "}
    assert "这个登记证号已经登记过" in errors(forms.VenueForm, officer, data)["certificate_number"][0]


def test_the_phone_of_the_certificate_may_be_a_mobile_but_not_an_id_number(officer: User) -> None:
    assert "phone" not in errors(forms.VenueForm, officer, {**VENUE, "phone": "13800000000"})
    assert "phone" not in errors(forms.VenueForm, officer, {**VENUE, "phone": "0574-80000000"})
    assert "phone" in errors(forms.VenueForm, officer, {**VENUE, "phone": "330281199001011234"})


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (forms.HazardForm, "description"),
        (forms.HazardForm, "measure"),
        (forms.InspectionForm, "note"),
        (forms.VenueEventForm, "safety_plan_note"),
        (forms.LiaisonVisitForm, "raised"),
        (forms.LiaisonVisitForm, "outcome"),
    ],
)
def test_free_text_takes_no_personal_numbers(form: Any, name: str, officer: User) -> None:
    assert "疑似手机号码" in errors(form, officer, {name: "请联系１３８０００００００１"})[name][0]
    assert "疑似身份证号码" in errors(form, officer, {name: "33028119900101123X"})[name][0]


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (forms.VenueForm, "opened_on"),
        (forms.InspectionForm, "inspected_on"),
        (forms.HazardForm, "rectified_on"),
        (forms.LiaisonVisitForm, "visited_on"),
    ],
)
def test_what_has_happened_cannot_lie_in_the_future(form: Any, name: str, officer: User) -> None:
    assert "不能晚于今天" in errors(form, officer, {name: str(TOMORROW)})[name][0]


def test_an_event_that_lies_ahead_has_no_attendance_yet(officer: User) -> None:
    data = {"starts_on": str(TOMORROW), "actual_attendance": "200", "expected_attendance": "200"}
    assert "活动结束后填写" in errors(forms.VenueEventForm, officer, data)["actual_attendance"][0]
    assert "starts_on" not in errors(forms.VenueEventForm, officer, data)


def test_an_inspection_leads_to_its_hazards_and_a_new_one(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    found = inspection(venue(units.village), "2025-03-01", result="ordered")
    client = signed_in(officer)
    page = client.get(found.get_absolute_url()).content.decode()
    link = f"/ledgers/hazards/new/?inspection={found.pk}"
    assert link in page
    form_page = client.get(link)
    assert 'value="示例寺1 2025-03-01"' in form_page.content.decode()
    data = {
        "inspection": "示例寺1 2025-03-01",
        "category": "fire",
        "description": "灭火器过期",
        "nonce": hidden(form_page, "nonce"),
    }
    response = client.post("/ledgers/hazards/new/", data)
    assert response.status_code == 302
    made = Hazard.objects.get()
    assert (made.inspection, made.unit, made.found_on) == (found, units.village, found.inspected_on)
    assert "灭火器过期" in client.get(found.get_absolute_url()).content.decode()
    assert "示例寺1" in client.get(made.get_absolute_url()).content.decode()


def test_a_venue_is_found_by_name_or_number_within_reach_only(officer: User, units: Units) -> None:
    own = venue(units.village, name="示例寺")
    other = venue(units.neighbour_village, name="示例庵")

    def chosen(text: str) -> Any:
        form = forms.InspectionForm({"venue": text}, user=officer)
        form.is_valid()
        return form.cleaned_data.get("venue")

    assert chosen("示例寺") == chosen(own.certificate_number) == chosen(str(own.pk)) == own
    for text in (
        "示例庵",
        other.certificate_number,
        str(other.pk),
        f"示例庵 #{other.pk}",
        "示例",
        "\0",
        "９" * 30,
    ):
        assert chosen(text) is None


def test_venues_of_one_name_are_told_apart_by_their_number(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    one, two = (venue(units.village, number, name="土地庙") for number in (1, 2))
    form = forms.InspectionForm({"venue": "土地庙"}, user=officer)
    assert "请从提示中选择带编号的一项" in form.errors["venue"][0]
    page = signed_in(officer).get("/ledgers/venues/suggest/", {"field": "venue", "venue": "土地"})
    assert f"土地庙 #{one.pk}" in page.content.decode()
    form = forms.InspectionForm({"venue": f"土地庙 #{two.pk}"}, user=officer)
    form.is_valid()
    assert form.cleaned_data["venue"] == two
    made = inspection(two, "2025-03-01")
    assert forms.InspectionForm(instance=made, user=officer)["venue"].value() == f"土地庙 #{two.pk}"


def test_suggestions_know_no_venue_of_another_township(
    signed_in: SignIn, officer: User, units: Units
) -> None:
    venue(units.neighbour_village, name="示例庵")
    client = signed_in(officer)
    for query in ({"field": "venue", "venue": "示例"}, {"field": "", "venue": "示例"}, {}):
        response = client.get("/ledgers/venues/suggest/", query)
        assert (response.status_code, response.content) == (200, b"")


def test_records_stay_with_the_village_that_made_them(officer: User, units: Units) -> None:
    place = venue(units.village)
    made = inspection(place, "2025-03-01")
    place.unit = units.villages[1]
    place.save()
    made.refresh_from_db()
    assert made.unit == units.village
    later = Inspection(venue=place, inspected_on=dt.date(2025, 5, 1), inspectors="镇统战办")
    later.clean()
    assert later.unit == units.villages[1]


def test_no_field_is_about_believers_or_what_they_do() -> None:
    """Boundaries: fire, buildings, crowds at public events and what the venue asked for; nothing else."""
    names = {
        model.__name__: {field.name for field in model._meta.concrete_fields}
        for model in (Venue, Inspection, Hazard, VenueEvent, LiaisonVisit)
    }
    own = {"id", "unit", "row_version", "created_at", "updated_at", "created_by", "updated_by"}
    assert {model: sorted(fields - own) for model, fields in names.items()} == {
        "Venue": sorted(
            {
                "name",
                "certificate_number",
                "faith",
                "kind",
                "address",
                "floor_area",
                "rated_capacity",
                "fire_equipment",
                "responsible_person",
                "phone",
                "liaison_official",
                "opened_on",
                "closed_on",
            }
        ),
        "Inspection": ["inspected_on", "inspectors", "note", "result", "venue"],
        "Hazard": ["category", "description", "due", "found_on", "inspection", "measure", "rectified_on"],
        "VenueEvent": [
            "actual_attendance",
            "ends_on",
            "expected_attendance",
            "name",
            "safety_plan",
            "safety_plan_note",
            "starts_on",
            "venue",
        ],
        "LiaisonVisit": ["official", "outcome", "raised", "venue", "visited_on"],
    }
