"""Whose import it is: what is out of a user's reach is no choice, no page and no row."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from ledgers.models import ImportBatch, Job, User
from nonpublic.models import Enterprise
from tests.conftest import Units
from tests.importing.pages import UPLOAD, act, checked, hand_over, run_jobs
from tests.importing.workbooks import company, simple

SignIn = Callable[[User], Client]


def test_a_unit_out_of_reach_is_no_choice(client: Client, units: Units) -> None:
    response = hand_over(client, simple(company(1)), units, unit=units.neighbour.pk)
    assert response.status_code == 422
    assert not ImportBatch.objects.exists()


ACTIONS = ["confirm", "mapping", "cancel", "undo"]


def test_a_neighbours_batch_does_not_exist(
    client: Client, signed_in: SignIn, neighbour_officer: User, units: Units
) -> None:
    batch = checked(client, simple(company(1)), units)
    other = signed_in(neighbour_officer)
    assert other.get(batch.get_absolute_url()).status_code == 404
    for action in ACTIONS:
        assert other.post(reverse(f"imports:{action}", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.PREVIEWED
    assert batch.file_name not in other.get(reverse("imports:list")).content.decode()


def test_an_open_batch_is_its_owners_and_a_settled_one_the_offices(
    client: Client, signed_in: SignIn, account: Callable[..., User], officer: User, units: Units
) -> None:
    colleague = signed_in(account(officer.role, units.township))
    batch = checked(client, simple(company(1)), units)
    assert colleague.get(batch.get_absolute_url()).status_code == 404
    act(client, batch, "confirm")
    assert colleague.get(batch.get_absolute_url()).status_code == 200
    act(colleague, batch, "undo")
    assert batch.state == ImportBatch.State.UNDONE


def test_readers_and_clerks_do_not_import(
    client: Client, signed_in: SignIn, leader: User, clerk: User, units: Units
) -> None:
    batch = checked(client, simple(company(1)), units)
    act(client, batch, "confirm")
    reader = signed_in(leader)
    assert reader.get(UPLOAD).status_code == 403
    assert reader.get(reverse("imports:list")).status_code == 403
    assert reader.get(batch.get_absolute_url()).status_code == 403
    for action in ACTIONS:
        assert reader.post(reverse(f"imports:{action}", args=[batch.pk])).status_code == 403
    assert signed_in(clerk).get(UPLOAD).status_code == 403
    assert Client().get(UPLOAD).status_code == 302


def test_changes_are_posted(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1)), units)
    for action in ACTIONS:
        assert client.get(reverse(f"imports:{action}", args=[batch.pk])).status_code == 405


def test_rights_lost_in_between_stop_the_job(client: Client, units: Units, officer: User) -> None:
    batch = checked(client, simple(company(1)), units)
    client.post(reverse("imports:confirm", args=[batch.pk]))
    User.objects.filter(pk=officer.pk).update(role="leader")
    run_jobs()
    assert not Enterprise.objects.exists()
    assert Job.objects.get(kind="import.apply").state == Job.State.FAILED


def test_a_row_of_somebody_elses_village_is_an_error_of_its_cell(client: Client, units: Units) -> None:
    batch = checked(client, simple(company(1), company(2, village="柳湾村")), units)
    (error,) = batch.preview["errors"]
    assert (error["cell"], "填报范围" in error["problem"]) == ("A3", True)
    act(client, batch, "confirm", skip_errors="1")
    assert [record.unit for record in Enterprise.objects.all()] == [units.village]
