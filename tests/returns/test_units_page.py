"""Units are renamed, merged and closed on a page of the account administrator, within the own subtree."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from ledgers.models import OrgUnit, User
from tests.conftest import Units

SignIn = Callable[[User], Client]


def unit_url(unit: OrgUnit) -> str:
    return reverse("accounts:unit", kwargs={"pk": unit.pk})


def test_a_merger_is_done_and_told(signed_in: SignIn, admin: User, units: Units) -> None:
    first, second, _ = units.villages
    client = signed_in(admin)
    data = {"kind": "merged", "on": "2025-08-01", "into": first.pk}
    assert client.post(unit_url(second), data).status_code == 302
    second.refresh_from_db()
    assert (str(second.closed_on), second.merged_into) == ("2025-08-01", first)
    page = client.get(reverse("accounts:units")).content.decode()
    assert "下河村并入上河村" in page
    assert client.post(unit_url(second), data).status_code == 422


def test_what_is_missing_is_asked_for(signed_in: SignIn, admin: User, units: Units) -> None:
    client = signed_in(admin)
    for data, field in (
        ({"kind": "renamed", "on": "2025-08-01"}, "new_name"),
        ({"kind": "merged", "on": "2025-08-01"}, "into"),
        ({"kind": "merged", "on": "2025-08-01", "into": units.neighbour_village.pk}, "into"),
    ):
        response = client.post(unit_url(units.village), data)
        assert response.status_code == 422
        assert field in response.context["form"].errors
    client.post(unit_url(units.village), {"kind": "renamed", "on": "2025-08-01", "new_name": "新上河村"})
    units.village.refresh_from_db()
    assert units.village.name == "新上河村"


def test_only_administrators_and_only_their_units(
    signed_in: SignIn, admin: User, officer: User, units: Units
) -> None:
    assert signed_in(officer).get(reverse("accounts:units")).status_code == 403
    assert signed_in(officer).post(unit_url(units.village), {}).status_code == 403
    assert signed_in(admin).get(unit_url(units.neighbour_village)).status_code == 404
