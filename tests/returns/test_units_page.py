"""Units are renamed, merged and closed on a page of the account administrator, within the own subtree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ledgers.computing import figures
from ledgers.models import OrgUnit, UnitChange, User
from ledgers.periods import Period
from tests.conftest import AccountFactory, Units
from tests.returns.factories import population

SignIn = Callable[[User], Client]
CONFIRM = {"step": "confirm"}


def unit_url(unit: OrgUnit) -> str:
    return reverse("accounts:unit", kwargs={"pk": unit.pk})


def undo_url(change: UnitChange) -> str:
    return reverse("accounts:unit-undo", kwargs={"pk": change.pk})


def test_a_merger_is_told_then_done_then_taken_back_and_no_total_moves(
    signed_in: SignIn, admin: User, clerk: User, units: Units
) -> None:
    first, second, _ = units.villages
    for village in units.villages:
        population(village, "2025Q1", 4)
        population(village, "2025Q2", 5)

    def totals() -> list[object]:
        code = "ethnicity.minority_residents"
        periods = [Period(2025, "quarter", number) for number in range(1, 5)]
        return [figures(units.township, period, [code])[code].value for period in periods]

    before = totals()
    assert before == [12, 15, 15, 15]
    client = signed_in(admin)
    data = {"kind": "merged", "on": "2025-08-01", "into": second.pk}
    page = client.post(unit_url(first), data)
    assert page.status_code == 200
    told = page.content.decode()
    assert "2025-08-01，上河村并入下河村" in told
    assert "2025年8月1日以前的记录都留在上河村名下，以前各期的数字和东山镇的合计不变。" in told
    assert f"上河村还有1个在用的账号（{clerk.username}）" in told
    first.refresh_from_db()
    assert first.closed_on is None  # only told yet

    assert client.post(unit_url(first), data | CONFIRM).status_code == 302
    first.refresh_from_db()
    assert (str(first.closed_on), first.merged_into) == ("2025-08-01", second)
    assert totals() == before
    page = client.get(reverse("accounts:units"))
    assert "上河村并入下河村" in page.content.decode()
    # The second click finds it done.
    assert client.post(unit_url(first), data | CONFIRM).status_code == 422
    assert UnitChange.objects.count() == 1

    change = UnitChange.objects.get()
    assert undo_url(change) in client.get(unit_url(first)).content.decode()
    assert "上河村恢复为现有单位" in client.get(undo_url(change)).content.decode()
    assert client.post(undo_url(change)).status_code == 302
    first.refresh_from_db()
    assert first.closed_on is None
    assert totals() == before
    assert "已撤回" in client.get(unit_url(first)).content.decode()
    assert client.post(undo_url(change)).status_code == 422


def test_what_is_missing_is_asked_for_and_what_was_typed_is_kept(
    signed_in: SignIn, admin: User, units: Units
) -> None:
    client = signed_in(admin)
    for data, field in (
        ({}, "kind"),
        ({"kind": "renamed", "on": ""}, "on"),
        ({"kind": "renamed", "on": "2025-08-01"}, "new_name"),
        ({"kind": "merged", "on": "2025-08-01"}, "into"),
        ({"kind": "merged", "on": "2025-08-01", "into": units.neighbour_village.pk}, "into"),
    ):
        response = client.post(unit_url(units.village), data)
        assert response.status_code == 422
        assert field in response.context["form"].errors
    # Refused by what the units are, not by the form: told before anything is confirmed.
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    data = {"kind": "renamed", "on": str(tomorrow), "new_name": "新上河村"}
    response = client.post(unit_url(units.village), data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "更名登记后马上生效" in html
    assert 'value="新上河村"' in html
    back = client.post(unit_url(units.village), {**data, "on": "2025-08-01", "step": "back"})
    assert 'value="新上河村"' in back.content.decode()
    assert not UnitChange.objects.exists()
    client.post(unit_url(units.village), {**data, "on": "2025-08-01", **CONFIRM})
    units.village.refresh_from_db()
    assert units.village.name == "新上河村"


@pytest.mark.parametrize("kind", ["merged", "closed"])
def test_a_unit_with_others_below_it_can_only_be_renamed(
    signed_in: SignIn, admin: User, account: AccountFactory, units: Units, kind: str
) -> None:
    data = {"kind": kind, "on": "2025-08-01", "into": units.neighbour.pk, **CONFIRM}
    assert signed_in(admin).post(unit_url(units.township), data).status_code == 422
    # Nor does an administrator close the unit that the account belongs to.
    own = account(admin.role, units.village)
    assert signed_in(own).post(unit_url(units.village), data).status_code == 422
    assert not OrgUnit.objects.filter(closed_on__isnull=False).exists()


def test_only_administrators_and_only_their_units(
    signed_in: SignIn, admin: User, officer: User, units: Units
) -> None:
    theirs = UnitChange.objects.create(
        unit=units.neighbour_village,
        kind="renamed",
        on=dt.date(2025, 1, 1),
        old_name="柳",
        new_name="柳湾村",
    )
    mine = UnitChange.objects.create(
        unit=units.village, kind="renamed", on=dt.date(2025, 1, 1), old_name="上", new_name="上河村"
    )
    client = signed_in(officer)
    assert client.get(reverse("accounts:units")).status_code == 403
    for url in (unit_url(units.village), undo_url(mine)):
        assert client.get(url).status_code == client.post(url, {}).status_code == 403
    client = signed_in(admin)
    for url in (unit_url(units.neighbour_village), undo_url(theirs)):
        assert client.get(url).status_code == client.post(url, {}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.undone_at is None
