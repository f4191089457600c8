"""Every user's actions are logged with time, user, kind and result, kept for half a year, and say nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from ledgers import jobs
from ledgers.access import Role
from ledgers.models import Action, Job, User
from ledgers.trail.actions import record_action
from ledgers.trail.watching import QUIET, kind_of
from tests.conftest import PASSWORD, AccountFactory, Units
from tests.core.factories import enterprise

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
Kind, Result = Action.Kind, Action.Result


def entries(*kinds: Action.Kind) -> list[tuple[str, str, str]]:
    rows = Action.objects.filter(kind__in=kinds) if kinds else Action.objects.all()
    return list(rows.order_by("pk").values_list("kind", "result", "account"))


def test_signing_in_and_out_failing_and_being_locked(
    officer: User, client: Client, settings: LazySettings
) -> None:
    settings.AXES_ENABLED = True
    officer_name = officer.username
    client.post("/sign-in/", {"username": officer_name, "password": PASSWORD})
    client.post("/sign-out/")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/sign-in/", {"username": officer_name, "password": "wrong"})
    # Somebody has typed a password where the name belongs.
    client.post("/sign-in/", {"username": "My-Secret-7", "password": "wrong"})
    told = entries(Kind.SIGN_IN, Kind.SIGN_OUT, Kind.LOCKED)
    assert told[:3] == [
        ("sign-in", "done", officer_name),
        ("sign-out", "done", officer_name),
        ("sign-in", "refused", officer_name),
    ]
    assert ("locked", "done", officer_name) in told
    assert told[-1] == ("sign-in", "refused", "（无此账号）")
    assert set(Action.objects.filter(kind=Kind.SIGN_IN).values_list("address", flat=True)) == {"127.0.0.1"}


def test_what_is_sent_handed_out_and_refused(
    signed_in: SignIn, officer: User, auditor: User, units: Units
) -> None:
    record = enterprise(units.village, 1)
    client = signed_in(officer)
    client.get("/ledgers/enterprises/")
    client.get(f"/ledgers/enterprises/{record.pk}/edit/")
    reader = signed_in(auditor)
    before = Action.objects.count()
    client.get("/ledgers/enterprises/export/")
    client.post(f"/ledgers/enterprises/{record.pk}/delete/")
    client.post("/ledgers/enterprises/new/", {"name": "某企业"})
    client.get("/accounts/")
    reader.get("/ledgers/enterprises/")
    told = entries()[before:]
    assert told == [
        ("download", "done", officer.username),
        ("record", "done", officer.username),
        ("record", "refused", officer.username),
        ("forbidden", "refused", officer.username),
        ("forbidden", "refused", auditor.username),
    ]
    deleted = Action.objects.filter(kind="record").earliest("pk")
    assert deleted.target == f"POST /ledgers/enterprises/{record.pk}/delete/"
    assert deleted.unit == units.township
    # The same request is named by the history row that it has made.
    history: Any = type(record).history
    assert history.filter(history_type="-").get().request_id == deleted.request_id
    assert "某企业" not in str(list(Action.objects.values()))


def test_account_changes_and_jobs_that_fail(signed_in: SignIn, admin: User, clerk: User) -> None:
    signed_in(admin).post(f"/accounts/{clerk.pk}/reset/")
    told = Action.objects.filter(kind=Kind.ACCOUNT).latest("pk")
    assert (told.account, told.target) == (admin.username, f"POST /accounts/{clerk.pk}/reset/")
    assert Action.objects.filter(kind=Kind.ACCOUNT, target=f"开通账号 {clerk.username}").exists()
    job = Job.objects.create(kind="no.such", user=clerk)
    jobs.execute(str(job.pk))
    failed = Action.objects.get(kind=Kind.JOB)
    assert (failed.result, failed.account) == (Result.FAILED, clerk.username)
    assert str(job.pk) in failed.target


def test_whatever_a_page_takes_is_of_some_kind() -> None:
    """A new page cannot be forgotten: what it is sent is logged, unless it is named as too frequent."""
    seen = set()

    def walk(patterns: list[Any], prefix: tuple[str, ...]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, (*prefix, pattern.namespace) if pattern.namespace else prefix)
            elif isinstance(pattern, URLPattern) and pattern.name:
                seen.add((*prefix, pattern.name))

    class Match:
        def __init__(self, names: tuple[str, ...]) -> None:
            self.view_name, self.namespace, self.url_name = ":".join(names), ":".join(names[:-1]), names[-1]

    walk(get_resolver().url_patterns, ())
    assert {":".join(names) for names in seen} >= QUIET
    for names in seen:
        kind = kind_of("POST", Match(names), HttpResponse())  # type: ignore[arg-type]
        assert (kind is None) == (":".join(names) in QUIET), names


def test_an_entry_that_cannot_be_written_holds_up_nobody(
    signed_in: SignIn, officer: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(**_: Any) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(Action.objects, "create", locked)
    assert signed_in(officer).get("/accounts/").status_code == 403
    assert "action not recorded" in caplog.text
    assert officer.username in caplog.text


def test_entries_are_append_only(officer: User) -> None:
    record_action(Kind.OTHER, Result.DONE, user=officer, target="x" * 300)
    entry = Action.objects.latest("pk")
    assert len(entry.target) == 200
    for attempt in (entry.delete, lambda: Action.objects.update(account="x")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()


def test_who_sees_which_entries(
    units: Units, account: AccountFactory, officer: User, neighbour_officer: User
) -> None:
    for user in (officer, neighbour_officer, None):
        record_action(Kind.OTHER, Result.DONE, user=user)
    rows = Action.objects.filter(kind=Kind.OTHER)
    assert rows.visible_to(account(Role.AUDITOR, units.county)).count() == 3
    assert [row.user for row in rows.visible_to(account(Role.AUDITOR, units.township))] == [officer]
    assert not rows.visible_to(account(Role.ADMIN, units.county)).exists()
