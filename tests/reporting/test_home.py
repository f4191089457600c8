"""The first page after sign-in, for each role, and the page shown when the program fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from ledgers.access import Role
from ledgers.models import User
from ledgers.registry import ledgers
from tests.conftest import AccountFactory, Units
from tests.families.factories import activity, target

SignIn = Callable[[User], Client]


def test_a_clerk_is_offered_the_ledgers_of_the_role(units: Units, clerk: User, signed_in: SignIn) -> None:
    html = signed_in(clerk).get("/").content.decode()
    assert 'href="/ledgers/activities/new/"' in html
    assert 'href="/ledgers/targets/new/"' not in html  # nobody sets the targets that they are held to


def test_an_officer_sees_how_far_this_years_targets_are(
    units: Units, officer: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    target(units.township, "work.meetings", today.year, "3")
    target(units.neighbour, "work.trainings", today.year, "40")
    activity(units.village, f"{today.year}-01-01")
    html = signed_in(officer).get("/").content.decode()
    assert "目标3次，已完成1次" in html
    assert "目标40次" not in html


def test_what_somebody_wrote_last_is_found_by_an_index() -> None:
    """Else the home page would sort everything that an officer has ever imported."""
    for ledger in ledgers:
        assert ["updated_by", "-updated_at"] in [index.fields for index in ledger.model._meta.indexes], ledger


def test_a_leader_starts_on_the_dashboard(leader: User, signed_in: SignIn) -> None:
    assert signed_in(leader).get("/").headers["Location"] == "/dashboard/"


@pytest.mark.parametrize(("role", "shown"), [(Role.ADMIN, 'href="/accounts/"'), (Role.AUDITOR, "操作记录")])
def test_roles_without_ledger_data_get_their_own_page(
    units: Units, account: AccountFactory, signed_in: SignIn, role: Role, shown: str
) -> None:
    html = signed_in(account(role)).get("/").content.decode()
    assert shown in html
    assert "/ledgers/" not in html
    assert 'href="/dashboard/"' not in html


def test_a_failure_is_shown_with_the_request_id_that_the_log_has(
    officer: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("reporting.dashboards.build", fail)
    client = signed_in(officer)
    client.raise_request_exception = False
    response = client.get("/dashboard/")
    assert response.status_code == 500
    html = response.content.decode()
    assert response.headers["X-Request-Id"] in html
    assert "secret detail" not in html
